import { formatQuantity } from '../../spaces/units.ts'

/** Seconds in the unit that people read them in: `12.3 ms`. */
export function time(seconds: number): string {
  return formatQuantity('seconds', seconds, 3)
}

/** Memory, in binary units. */
export function memory(bytes: number): string {
  return formatQuantity('bytes', bytes, 4)
}

/** What moves, in decimal units as bandwidths are: `1.2 GB`. */
export function traffic(bytes: number): string {
  return bytes === 0 ? '' : formatQuantity('bytesPerSecond', bytes, 3).replace('/s', '')
}

export function flop(count: number): string {
  return count === 0 ? '' : formatQuantity('flopPerSecond', count, 3).replace('/s', '')
}

export function bandwidth(bytesPerSecond: number): string {
  return formatQuantity('bytesPerSecond', bytesPerSecond, 3)
}

/** `41.2 %`; two digits below one percent. */
export function percent(share: number): string {
  const value = 100 * share
  return `${Math.abs(value) >= 0.995 ? value.toFixed(1) : Number(value.toPrecision(2))} %`
}

/** A relative change with its sign: `+6.3 %`; below a hundredth of a percent there is none. */
export function change(relative: number | undefined): string {
  if (relative === undefined) return ''
  const value = 100 * relative
  return Math.abs(value) < 0.005 ? '0' : `${value > 0 ? '+' : ''}${value.toFixed(2)} %`
}
