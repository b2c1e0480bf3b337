import { type Category, categories, type Spec, type Statement, type Term } from './spec.ts'
import type { Bench, Configuration, Timing } from './timing.ts'

/** A statement of the seed tried on every configuration that it speaks of. */
export interface Tried {
  readonly statement: Statement
  readonly tried: number
  readonly held: number
  /** Its terms in the last of them, by name. */
  readonly example: string
}

export function tryStatement(spec: Spec, bench: Bench, statement: Statement): Tried {
  const { gpus = spec.gpus, tps = spec.tps, steps } = statement.over
  const all = gpus.flatMap((gpu) => tps.flatMap((tp) => steps.map((step) => ({ gpu, tp, step }))))
  const held = all.filter((at) => falls(statement.chain.map((term) => termValue(bench, term, at))))
  return { statement, tried: all.length, held: held.length, example: exampleOf(bench, statement, all.at(-1)!) }
}

export function verdictOf({ tried, held }: Tried): string {
  if (held === tried) return 'holds'
  return held === 0 ? 'does not hold' : `holds in ${held} of ${tried}`
}

function falls(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || values[i - 1]! > value)
}

function termValue({ timing }: Bench, term: number | Term, at: Configuration): number {
  if (typeof term === 'number') return term
  const timed = timing(placeOf(term, at))
  return (term.times * secondsOf(term, timed)) / (term.seconds ? 1 : timed.seconds)
}

function placeOf({ gpu, tp, step }: Term, at: Configuration): Configuration {
  return { gpu: gpu ?? at.gpu, tp: tp ?? at.tp, step: step ?? at.step }
}

function secondsOf({ of, least }: Term, { parts }: Timing): number {
  const pick = (names: readonly ('all' | Category)[]) => categories.filter((name) => names.includes('all') || names.includes(name))
  if (least !== undefined) return Math.min(...pick(least).map((name) => parts[name]))
  return pick(of!).reduce((sum, name) => sum + parts[name], 0)
}

/** The terms there, those of other places with what differs. */
function exampleOf(bench: Bench, { chain }: Statement, at: Configuration): string {
  const cells = chain.flatMap((term) => {
    if (typeof term === 'number') return []
    const timed = bench.timing(placeOf(term, at))
    const elsewhere = [term.gpu, term.tp && `TP ${term.tp}`, term.step].filter((part) => part !== undefined).join(' ')
    return (term.least ?? term.of!).map((name) => {
      const seconds = name === 'all' ? timed.seconds : timed.parts[name]
      const figure = term.seconds ? `${Number((1e3 * seconds).toPrecision(3))} ms` : `${Math.round((100 * seconds) / timed.seconds)} %`
      return [name === 'all' ? '' : name, figure, elsewhere && `(${elsewhere})`].filter((part) => part !== '').join(' ')
    })
  })
  return `${at.gpu} TP ${at.tp} ${at.step}: ${cells.join(', ')}`
}
