import type { Issue } from './issue.ts'

/** Steps into a nested value: keys and positions. */
export type Path = readonly (string | number)[]

/** Where an input came from, so that a problem deep inside it can name its file, path and line. */
export interface Where {
  readonly file?: string
  /** 1-based line of a path inside the file; the nearest line above where the path does not exist. */
  readonly lineOf?: (path: Path) => number | undefined
  /** Where in the file the value lies; empty: the whole file. */
  readonly path?: Path
}

/** `fleet[0].gpu` */
function dotted(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`
    return text === '' ? step : `${text}.${step}`
  }, '')
}

/** One level deeper. */
export function inside(where: Where, ...steps: Path): Where {
  return { ...where, path: [...(where.path ?? []), ...steps] }
}

/** The problem as an issue that names where it is. */
export function issueAt(where: Where, problem: Pick<Issue, 'code' | 'message' | 'suggestion'>): Issue {
  const path = where.path ?? []
  return { path: dotted(path), ...problem, file: where.file, line: where.lineOf?.(path) }
}

/** A path as written in a file is relative to that file's folder. */
export function besides(file: string | undefined, path: string): string {
  const absolute = /^([\\/]|[a-z]:)/i.test(path)
  const folder = /^.*[\\/]/.exec(file ?? '')?.[0] ?? ''
  return absolute ? path : folder + path
}
