/** What is wrong with something a person wrote, where, and what to do about it. */
export interface Issue {
  /** Where: a dotted path inside the input (`fleet[0].gpu`), a flag (`--batch`) or a file name. */
  readonly path: string
  /** Machine-readable kind, kebab-case: `unknown-key`, `unknown-name`, `out-of-range`, `syntax`, `unreadable`. */
  readonly code: string
  /** One sentence, lower case, that names the thing and shows the value. */
  readonly message: string
  /** File the path is in, when it came from one. */
  readonly file?: string
  /** 1-based line in that file. */
  readonly line?: number
  /** What to write instead: `did you mean "h100-sxm"?`. */
  readonly suggestion?: string
}

/** The only thing thrown for a user's mistake (exit code 1). Everything else that is thrown is a bug (exit code 70). */
export class InputError extends Error {
  readonly issues: readonly Issue[]

  constructor(issues: Issue | readonly Issue[]) {
    const list = Array.isArray(issues) ? (issues as readonly Issue[]) : [issues as Issue]
    super(list.map(formatIssue).join('\n'))
    this.name = 'InputError'
    this.issues = list
  }
}

/** `study.yaml:12: fleet[0].gpu: unknown gpu "h100sxm" (did you mean "h100-sxm"?)` */
export function formatIssue(issue: Issue): string {
  const where = issue.file === undefined ? '' : issue.line === undefined ? `${issue.file}: ` : `${issue.file}:${issue.line}: `
  const path = issue.path === '' ? '' : `${issue.path}: `
  const hint = issue.suggestion === undefined ? '' : ` (${issue.suggestion})`
  return `${where}${path}${issue.message}${hint}`
}
