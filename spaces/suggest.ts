/** Most names in one suggestion. */
const most = 3

/**
 * `did you mean "h100-sxm"?`, for an issue's suggestion: the candidates a person most likely meant; undefined where none is near. Case and
 * separators do not count; a beginning does (`h100` for `h100-sxm`), and so do one or two slips: a wrong, missing, extra or swapped letter.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = bare(word)
  if (wanted === '') return undefined
  const names = new Map<string, { readonly name: string; readonly score: number }>()
  for (const name of candidates) {
    const key = bare(name)
    const score = distance(wanted, key)
    if (score < Infinity && !names.has(key)) names.set(key, { name, score })
  }
  const ranked = [...names.values()].sort((a, b) => a.score - b.score || a.name.length - b.name.length)
  const best = ranked.filter(({ score }) => score === ranked[0]?.score).slice(0, most)
  return best.length === 0 ? undefined : `did you mean ${listed(best.map(({ name }) => `"${name}"`))}?`
}

/**
 * `did you mean ...?` with the ids of things that have every word of what was written, whatever stands between: `A100 80GB` for
 * a100-sxm-80gb, `Llama-3.1-8B-Instruct` for Meta-Llama-3.1-8B. Undefined where nothing has.
 */
export function sameWords(
  written: string,
  things: Iterable<{ readonly id: string; readonly texts: readonly string[] }>,
): string | undefined {
  const wanted = wordsOf(written).filter((word) => !fillers.has(word))
  if (wanted.join('').length < 3) return undefined
  const found = [...things].filter(({ texts }) => texts.some((text) => isWithin(wanted, wordsOf(text)))).map(({ id }) => id)
  const best = found.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, most)
  return best.length === 0 ? undefined : `did you mean ${listed(best.map((id) => `"${id}"`))}?`
}

/** Words that names of the same thing carry or leave out. */
const fillers: ReadonlySet<string> = new Set(['meta', 'instruct', 'it', 'chat', 'hf', 'base', 'nvidia'])

/** Of the last part of a path: runs of letters, and numbers. */
function wordsOf(text: string): readonly string[] {
  return (
    text
      .slice(text.lastIndexOf('/') + 1)
      .toLowerCase()
      .match(/[a-z]+|\d+(?:\.\d+)?/g) ?? []
  )
}

function isWithin(wanted: readonly string[], words: readonly string[]): boolean {
  const left = [...words]
  return wanted.every((word) => {
    const at = left.indexOf(word)
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

/** `a, b or c` */
function listed(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

/** Lower case without separators; of a path such as `org/name` the last part. */
function bare(text: string): string {
  const name = text.slice(text.lastIndexOf('/') + 1)
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** 0: the same; 0.5: a beginning; n: slips; Infinity: too many slips for the length. */
function distance(wanted: string, candidate: string): number {
  if (wanted === candidate) return 0
  if (wanted.length >= 2 && candidate.startsWith(wanted)) return 0.5
  const allowed = wanted.length < 4 ? 1 : wanted.length < 12 ? 2 : 3
  if (Math.abs(wanted.length - candidate.length) > allowed) return Infinity
  const slips = editDistance(wanted, candidate)
  return slips <= allowed ? slips : Infinity
}

/** Optimal string alignment: Levenshtein with swapped neighbours as one slip. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = []
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(row[j - 1]! + (same ? 0 : 1), row[j]! + 1, next[j - 1]! + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1)
      next.push(cost)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
