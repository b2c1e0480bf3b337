/** Values a width may take: every divisor, or those for which the test holds. */
export type Allowed = 'all' | ((value: number) => boolean)

/** Every divisor of n, ascending. */
export function divisors(n: number): readonly number[] {
  const low: number[] = []
  const high: number[] = []
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue
    low.push(d)
    if (d * d < n) high.push(n / d)
  }
  return [...low, ...high.reverse()]
}

/**
 * Every tuple of allowed widths whose product is exactly n, in lexicographic order. Widths need not be powers of two, and none is
 * left out: a fleet is always used whole.
 */
export function factorise(n: number, allowed: readonly Allowed[]): readonly (readonly number[])[] {
  const [first, ...rest] = allowed
  if (first === undefined) return n === 1 ? [[]] : []
  const candidates = rest.length === 0 ? [n] : divisors(n)
  return candidates.filter((d) => first === 'all' || first(d)).flatMap((d) => factorise(n / d, rest).map((tail) => [d, ...tail]))
}
