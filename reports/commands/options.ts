import { InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { parseQuantity } from '../../spaces/units.ts'

/** Options that several commands share, declared once. */

export function jsonOption(): Option<'--json', undefined, undefined> {
  return new Option('--json', 'print machine-readable JSON on stdout')
}

export function catalogOption() {
  return new Option(
    '--catalog <dir>',
    'folder with your own models/, gpus/, nodes/, engines/, workloads/, which win over the built-in ones; may be repeated, the first wins',
  ).argParser((dir: string, sofar: readonly string[] | undefined) => [...(sofar ?? []), dir])
}

export function calibrationOption() {
  return new Option('--calibration <file>', 'operator constants that win over the built-in ones, as calibrate operators writes them')
}

export function quietOption() {
  return new Option('--quiet', 'no progress on stderr')
}

export function priceOption() {
  return new Option(
    '--price <gpu=usd>',
    'dollars per GPU-hour that win over the dated defaults, e.g. h100-sxm=2.2; may be repeated',
  ).argParser((text: string, sofar: Readonly<Record<string, number>> | undefined) => ({ ...sofar, ...price(text) }))
}

function price(text: string): Readonly<Record<string, number>> {
  const [gpu, usd, ...rest] = text.split('=')
  const value = Number(usd)
  if (gpu === '' || usd === undefined || usd.trim() === '' || rest.length > 0 || !(value > 0 && value <= 1e5)) {
    throw new InvalidArgumentError(`"${text}" is not GPU=DOLLARS with dollars per GPU-hour above 0 and at most 100000, like h100-sxm=2.2.`)
  }
  return { [gpu]: value }
}

/** A whole number from `least` to `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`"${text}" is not a whole number ${range}.`)
    }
    return value
  }
}

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError(`"${text}" is not a number above 0.`)
  return value
}

/** Two rates above 0, `from,to`. */
export function twoRates(text: string): { readonly from: number; readonly to: number } {
  const [from, to, ...rest] = text.split(',').map(positiveNumber)
  if (from === undefined || to === undefined || rest.length > 0) throw new InvalidArgumentError(`"${text}" is not FROM,TO, like 2,20.`)
  return { from, to }
}

/** Text that says something. */
export function someText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.')
  return text
}

/** A share from 0 to below 1. */
export function share(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 1)) throw new InvalidArgumentError(`"${text}" is not a number from 0 to below 1.`)
  return value
}

/** A number from 0 to `most`. */
export function numberTo(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= 0 && value <= most)) throw new InvalidArgumentError(`"${text}" is not a number from 0 to ${most}.`)
    return value
  }
}

/** Seconds above 0, with a unit or without. */
export function duration(text: string): number {
  const parsed = parseQuantity('seconds', text)
  if (!parsed.ok || !(parsed.value > 0)) throw new InvalidArgumentError(`"${text}" is not a time above 0, like 30 s.`)
  return parsed.value
}

/** Bytes, with a unit or without. */
export function memorySize(text: string): number {
  const parsed = parseQuantity('bytes', text)
  if (!parsed.ok || parsed.value < 0) throw new InvalidArgumentError(`"${text}" is not an amount of memory, like 512 MiB.`)
  return parsed.value
}

/** A year, a month or a day. */
export function day(text: string): string {
  if (!/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/.test(text))
    throw new InvalidArgumentError(`"${text}" is not a date, like 2026-08 or 2026-08-31.`)
  return text
}
