import { type Calibration, type EngineScales, scaleNames } from '../../cost-model/calibration.ts'
import type { Scenario } from '../../cost-model/scenario.ts'
import type { Engine } from '../../spaces/engine.ts'

/** What is fitted of an engine: how much longer its kernels take than alone, and the work of its host. */
export interface EngineConstants {
  readonly scales: EngineScales
  /** By release: what multiplies the scales of all kernels. */
  readonly releases: Readonly<Record<string, number>>
  readonly overhead: Required<Engine['overhead']>
}

/** A constant as a number that may be fitted: its logarithm, known beforehand to within `spread`, between bounds. */
export interface Parameter {
  readonly name: string
  readonly expected: number
  readonly spread: number
  readonly least: number
  readonly most: number
}

const scale = (name: string, spread: number, most = 1.7): Parameter => ({ name, expected: 1, spread, least: 0.6, most })

/**
 * Scales are shrunk to 1: operator times were measured, and an engine runs the same kernels. Few models were measured on each engine, so
 * that looser scales learn what is wrong with our view of these: with three times the spread, models that were held out are off by more
 * than without any fit. Arithmetic takes longer by what clocks fall under a load that lasts, at most a fifth: left free, it reaches 1.7 on
 * SGLang by the prefills of one release on B300, and prefills that LMSYS published are then off by 40 %. Host times are known to a
 * factor of about 1.5, those outside captured graphs to less.
 */
export const parameters: readonly Parameter[] = [
  scale('linear', 0.05),
  scale('attention', 0.07),
  scale('expert', 0.05),
  scale('small', 0.1),
  scale('exchange', 0.1),
  scale('arithmetic', 0.1, 1.2),
  { name: 'perStep', expected: 1.26e-4, spread: 0.4, least: 1e-5, most: 2e-3 },
  { name: 'perSequence', expected: 4.4e-6, spread: 0.4, least: 1e-7, most: 3e-5 },
  { name: 'perRequest', expected: 1.2e-2, spread: 0.4, least: 1e-3, most: 5e-2 },
  { name: 'perLaunch', expected: 6e-5, spread: 0.8, least: 2e-6, most: 2e-4 },
]

/** What is known beforehand of a release: engine versions move TPOT by an eighth (operator-times, correction 4), some of which models share. */
export const release: Parameter = { name: 'release', expected: 1, spread: 0.08, least: 0.7, most: 1.4 }

/** From the logarithms of all parameters, in their order, and of releases. */
export function constantsOf(logs: readonly number[], releases: EngineConstants['releases'] = {}): EngineConstants {
  const value = (name: string) => Math.exp(logs[parameters.findIndex((parameter) => parameter.name === name)]!)
  const scales = Object.fromEntries(scaleNames.map((name) => [name, value(name)])) as unknown as EngineScales
  const [perStep, perSequence, perRequest, perLaunch] = ['perStep', 'perSequence', 'perRequest', 'perLaunch'].map(value)
  return { scales, releases, overhead: { perStep: perStep!, perSequence: perSequence!, perRequest: perRequest!, perLaunch: perLaunch! } }
}

const calibrations = new WeakMap<EngineConstants, Calibration>()

/** One calibration object for each set of constants: layouts are shared by its identity. */
export function withConstants(scenario: Scenario, constants: EngineConstants): Scenario {
  const { engine, calibration } = scenario
  const known = calibrations.get(constants) ?? {
    ...calibration,
    engines: {
      ...calibration.engines,
      scales: [{ family: engine.family ?? '', ...constants.scales, releases: { ...constants.releases } }],
    },
  }
  calibrations.set(constants, known)
  return { ...scenario, engine: { ...engine, overhead: constants.overhead }, calibration: known }
}
