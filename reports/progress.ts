import { printNumber } from './number.ts'

/** How far a run is. */
export interface Progress {
  /** Plans decided so far (evaluated or skipped) and in the space; or replays done and to do. */
  readonly done: number
  readonly total: number
  /** Seconds since the start. */
  readonly elapsed: number
  readonly unit?: 'plans' | 'replays'
}

/** Where progress goes. */
interface Screen {
  err(text: string): void
  /** Whether a line can be redrawn. */
  readonly terminal: boolean
}

const barWidth = 24
/** Seconds between two redraws of a bar, and between two lines of a log. */
const pace = { terminal: 0.1, log: 5 }

/** Shows progress: one line redrawn on a terminal, a line every few seconds elsewhere, nothing when quiet. */
export function reporter(screen: Screen, quiet: boolean): { show(progress: Progress): void; end(): void } {
  let last = screen.terminal ? Number.NEGATIVE_INFINITY : 0
  let drawn = false
  return {
    show: (progress) => {
      if (quiet || progress.elapsed - last < (screen.terminal ? pace.terminal : pace.log)) return
      last = progress.elapsed
      drawn = true
      screen.err(screen.terminal ? `\r\u001b[2K${progressLine(progress)}` : `${progressLine(progress)}\n`)
    },
    end: () => {
      if (drawn && screen.terminal) screen.err('\r\u001b[2K')
    },
  }
}

/** `[########................]  33 %  1.2 M plans  410 k/s  ETA 12 s` */
export function progressLine({ done, total, elapsed, unit = 'plans' }: Progress): string {
  const share = total === 0 ? 1 : done / total
  const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.')
  const rate = elapsed > 0 ? done / elapsed : 0
  const left = rate > 0 ? `  ETA ${printSeconds((total - done) / rate)}` : ''
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${printCount(done)} ${unit}  ${printCount(rate)}/s${left}`
}

const steps: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** 1234567 -> `1.23 M`. */
export function printCount(n: number): string {
  const step = steps.find(([size]) => n >= size)
  return step === undefined ? String(Math.round(n)) : `${printNumber(n / step[0], 3)} ${step[1]}`
}

function printSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
