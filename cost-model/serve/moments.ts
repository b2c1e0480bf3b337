import { lengthMoments, mixedMoments } from '../../spaces/length.ts'
import { meanHit, missMoments } from '../../spaces/prefix-hit.ts'
import { classesOf, meanProduct, type RequestClass, type Workload } from '../../spaces/workload.ts'
import type { Load } from './load.ts'

/** What the closed forms know of the requests of a workload, whatever their classes. */
export type RequestMoments = Pick<Load, 'isl' | 'islCv' | 'osl' | 'oslCv' | 'prefixHit' | 'decodingIsl'>

/**
 * Moments over all requests. The CV of prompts is that of the part which is computed; the hit is what the cache holds of all prompt tokens.
 * `decodingIsl` is E[P G] / E[G]: who says much is met more often, with its prompt.
 */
export function requestMoments(workload: Workload): RequestMoments {
  const classes = classesOf(workload)
  const [isl, osl] = [mixed(classes, (c) => lengthMoments(c.isl)), mixed(classes, (c) => lengthMoments(c.osl))]
  const computed = mixed(classes, (c) => {
    const [prompt, miss] = [lengthMoments(c.isl), missMoments(c.prefixHit)]
    const cv = miss.cv === 0 ? prompt.cv : Math.sqrt((1 + prompt.cv ** 2) * (1 + miss.cv ** 2) - 1)
    return { mean: prompt.mean * miss.mean, cv }
  })
  const independent = classes.length === 1 && classes[0]!.paired !== true
  const product = mixed(classes, (c) => ({ mean: meanProduct(c), cv: 0 })).mean
  const [only] = classes
  return {
    isl: isl.mean,
    islCv: computed.cv,
    osl: osl.mean,
    oslCv: osl.cv,
    prefixHit: classes.length === 1 ? meanHit(only!.prefixHit) : 1 - computed.mean / isl.mean,
    ...(!independent && { decodingIsl: product / osl.mean }),
  }
}

type Of = (request: RequestClass) => { readonly mean: number; readonly cv: number }

function mixed(classes: readonly RequestClass[], of: Of): { readonly mean: number; readonly cv: number } {
  return classes.length === 1 ? of(classes[0]!) : mixedMoments(classes.map((request) => ({ share: request.share, ...of(request) })))
}
