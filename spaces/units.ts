/** A dimension and the SI base unit it is kept in. */
interface Kind {
  /** As it reads after "is not": `a bandwidth`. */
  readonly noun: string
  /** Factor to SI by unit as written. The base unit comes first; names that differ in case only must mean the same where case is ignored. */
  readonly units: Readonly<Record<string, number>>
  /** An example for messages. */
  readonly example: string
}

const bytes = {
  ...{ B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, PiB: 2 ** 50 },
}

const bits = { 'bit/s': 1 / 8, 'kb/s': 1e3 / 8, 'Mb/s': 1e6 / 8, 'Gb/s': 1e9 / 8, 'Tb/s': 1e12 / 8 }
const bitAliases = { kbps: 1e3 / 8, Mbps: 1e6 / 8, Gbps: 1e9 / 8, Tbps: 1e12 / 8, 'Gbit/s': 1e9 / 8, 'Tbit/s': 1e12 / 8 }

const flops = { 'FLOP/s': 1, 'kFLOP/s': 1e3, 'MFLOP/s': 1e6, 'GFLOP/s': 1e9, 'TFLOP/s': 1e12, 'PFLOP/s': 1e15 }
const flopAliases = { FLOPS: 1, GFLOPS: 1e9, TFLOPS: 1e12, PFLOPS: 1e15, 'OP/s': 1, 'TOP/s': 1e12, TOPS: 1e12, 'POP/s': 1e15, POPS: 1e15 }

const kinds = {
  bytes: { noun: 'an amount of memory', units: bytes, example: '80 GiB' },
  bytesPerSecond: {
    noun: 'a bandwidth',
    units: { ...Object.fromEntries(Object.entries(bytes).map(([unit, factor]) => [`${unit}/s`, factor])), ...bits, ...bitAliases },
    example: '450 GB/s or 400 Gb/s',
  },
  bitsPerSecond: {
    noun: 'a data rate',
    units: { 'bit/s': 1, 'kb/s': 1e3, 'Mb/s': 1e6, 'Gb/s': 1e9, 'Tb/s': 1e12, Gbps: 1e9, 'Gbit/s': 1e9 },
    example: '28 Gb/s',
  },
  flopPerSecond: { noun: 'an arithmetic rate', units: { ...flops, ...flopAliases }, example: '989 TFLOP/s' },
  seconds: {
    noun: 'a time',
    units: { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9, min: 60, h: 3600, d: 86400 },
    example: '2 s or 30 ms',
  },
  perSecond: {
    noun: 'a rate',
    units: { 'req/s': 1, 'requests/s': 1, '/s': 1, 'req/min': 1 / 60, 'requests/min': 1 / 60, 'req/h': 1 / 3600, 'requests/h': 1 / 3600 },
    example: '20 req/s',
  },
  dollars: { noun: 'an amount of money', units: { $: 1, USD: 1, usd: 1 }, example: '2.95 $' },
  watts: { noun: 'a power', units: { W: 1, kW: 1e3, MW: 1e6 }, example: '700 W or 10.2 kW' },
  count: { noun: 'a count', units: { k: 1e3, K: 1e3, M: 1e6, B: 1e9, G: 1e9, T: 1e12 }, example: '8192 or 8k' },
} as const satisfies Readonly<Record<string, Kind>>

export type QuantityKind = keyof typeof kinds

interface UnitProblem {
  readonly code: 'wrong-unit' | 'not-a-number'
  readonly message: string
  readonly suggestion: string
}

export type ParsedQuantity = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly problem: UnitProblem }

/** `400 Gb/s` -> 5e10 bytes/s. A bare number is in SI base units. What does not parse is returned as data: the caller knows path and line. */
export function parseQuantity(kind: QuantityKind, text: string): ParsedQuantity {
  const { noun, units, example }: Kind = kinds[kind]
  const wrong = (code: UnitProblem['code'], message: string): ParsedQuantity => ({
    ok: false,
    problem: { code, message, suggestion: `write for example ${example}` },
  })
  const match = /^\s*(\$?)\s*([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(\S*)\s*$/i.exec(text)
  const value = match === null ? Number.NaN : Number(match[2]!.replaceAll('_', ''))
  if (match === null || !Number.isFinite(value)) return wrong('not-a-number', `${JSON.stringify(text)} is not ${noun}`)
  const unit = match[3] === '' ? match[1]! : match[3]!
  if (unit === '') return { ok: true, value }
  const factor = factorOf(units, unit)
  if (factor === undefined) return wrong('wrong-unit', `${JSON.stringify(text)} is not ${noun}: unknown unit "${unit}"`)
  return { ok: true, value: value * factor }
}

/** Exact spelling first; case is ignored only where that leaves one meaning (`gb/s` could be bits or bytes: refused). */
function factorOf(units: Readonly<Record<string, number>>, unit: string): number | undefined {
  if (Object.hasOwn(units, unit)) return units[unit]
  const wanted = unit.toLowerCase()
  const factors = new Set(Object.entries(units).flatMap(([name, factor]) => (name.toLowerCase() === wanted ? [factor] : [])))
  return factors.size === 1 ? [...factors][0] : undefined
}

/** An SI number in the largest unit that leaves at least 1: `5e10` bytes/s -> `50 GB/s`. At most `digits` significant digits. */
export function formatQuantity(kind: QuantityKind, value: number, digits = 6): string {
  const scales = printed[kind]
  const scale = scales.findLast(([, factor]) => Math.abs(value) >= factor) ?? scales[0]!
  return `${Number((value / scale[1]).toPrecision(digits))} ${scale[0]}`.trimEnd()
}

/** Units used in print, smallest first. Memory is printed in binary units, bandwidth in decimal ones, as the field does. */
const printed: Readonly<Record<QuantityKind, readonly (readonly [string, number])[]>> = {
  bytes: pick(bytes, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']),
  bytesPerSecond: pick(kinds.bytesPerSecond.units, ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s', 'PB/s']),
  bitsPerSecond: pick(kinds.bitsPerSecond.units, ['bit/s', 'kb/s', 'Mb/s', 'Gb/s', 'Tb/s']),
  flopPerSecond: pick(flops, ['FLOP/s', 'kFLOP/s', 'MFLOP/s', 'GFLOP/s', 'TFLOP/s', 'PFLOP/s']),
  seconds: pick(kinds.seconds.units, ['ns', 'us', 'ms', 's']),
  perSecond: [['req/s', 1]],
  dollars: [['$', 1]],
  watts: pick(kinds.watts.units, ['W', 'kW', 'MW']),
  count: [['', 1]],
}

function pick(units: Readonly<Record<string, number>>, names: readonly string[]): readonly (readonly [string, number])[] {
  return names.map((name) => [name, units[name]!] as const)
}
