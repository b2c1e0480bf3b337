import { InputError } from '../../issue.ts'

/** Wrappers in front of a text model's modules, which differ between the files of one checkpoint. */
const wrapper = /^(?:(?:model|language_model|text_model|backbone|transformer|encoder|decoder|thinker|llm)\.)+/

/** `language_model.model.layers.3.mlp` and `transformer.h.3.mlp` -> `layers.3.mlp` */
export function bareName(name: string): string {
  return name.replace(wrapper, '').replace(/^(?:h|blocks)\.(?=[\d*])/, 'layers.')
}

/** Whether any of a module's possible paths is meant by one of the patterns: names, globs, or regular expressions behind `re:`. */
export function matcher(patterns: readonly string[]): (paths: readonly string[]) => boolean {
  const names = new Set<string>()
  const globs: { readonly start: string; readonly glob: RegExp }[] = []
  const expressions: RegExp[] = []
  for (const pattern of patterns) {
    const bare = bareName(pattern)
    if (pattern.startsWith('re:')) expressions.push(expression(pattern.slice(3)))
    else if (/[*?]/.test(bare)) globs.push({ start: bare.slice(0, bare.search(/[*?]/)), glob: globExpression(bare) })
    else names.add(bare)
  }
  return (paths) => paths.some((path) => named(names, path) || globbed(globs, path) || expressions.some((e) => matches(e, path)))
}

/** The value under the module's own path or that of a module around it. */
export function lookup<T>(byName: ReadonlyMap<string, T>, paths: readonly string[]): T | undefined {
  for (const path of paths) {
    for (const name of around(path)) {
      const found = byName.get(name)
      if (found !== undefined) return found
    }
  }
  return undefined
}

/** A whole path, a module around it, or one step of it by itself (`gate`, `lm_head`). */
function named(names: ReadonlySet<string>, path: string): boolean {
  return names.size > 0 && (around(path).some((name) => names.has(name)) || path.split('.').some((step) => names.has(step)))
}

function globbed(globs: readonly { readonly start: string; readonly glob: RegExp }[], path: string): boolean {
  return globs.some(({ start, glob }) => path.startsWith(start) && glob.test(path))
}

/** `a.b.c` -> `a.b.c`, `a.b`, `a` */
function around(path: string): readonly string[] {
  const steps = path.split('.')
  return steps.map((_, i) => steps.slice(0, steps.length - i).join('.'))
}

function globExpression(glob: string): RegExp {
  const source = [...glob].map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/, '\\$&'))).join('')
  return new RegExp(`^${source}(?:\\.|$)`)
}

/** As Python's re.match: from the start, not to the end. */
function expression(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})`)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new InputError({ path: 'quantization_config.ignore', code: 'syntax', message: `not a regular expression: "${source}"` })
  }
}

/** Expressions are written for the checkpoint's full names. */
function matches(regex: RegExp, path: string): boolean {
  return ['', 'model.', 'model.language_model.', 'language_model.model.'].some((prefix) => regex.test(prefix + path))
}
