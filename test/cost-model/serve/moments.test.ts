import { describe, expect, it } from 'vitest'
import { meanContext } from '../../../cost-model/serve/load.ts'
import { requestMoments } from '../../../cost-model/serve/moments.ts'
import { drawMixture } from '../../../cost-model/serve/replay/requests.ts'
import { openCatalog } from '../../../spaces/catalog.ts'
import { parseWith } from '../../../spaces/validate.ts'
import { classesOf, workloadSchema } from '../../../spaces/workload.ts'

const catalog = openCatalog()
const mixture = parseWith(workloadSchema, {
  id: 'w',
  name: 'W',
  classes: [
    { name: 'chat', share: 3, isl: { kind: 'uniform', from: 100, to: 300 }, osl: { kind: 'uniform', from: 200, to: 600 }, prefixHit: 0.2 },
    { name: 'rag', share: 1, isl: 6000, osl: 50, prefixHit: { kind: 'beta', mean: 0.5, cv: 0.4 } },
  ],
})

describe('moments of requests', () => {
  it.each([
    ['a mixture', mixture],
    ['paired lengths', catalog.workload('azure-2023-conversation')],
  ])('are those of requests that are drawn: %s', (_, workload) => {
    const { isl, osl, cached } = drawMixture(classesOf(workload), 40_000, 7)
    const mean = (of: (i: number) => number) => isl.reduce((sum, _, i) => sum + of(i), 0) / isl.length
    const computed = (i: number) => isl[i] - cached[i]
    const moments = requestMoments(workload)
    const close = (ours: number, drawn: number) => expect(ours / drawn).toBeCloseTo(1, 1)
    close(
      moments.isl,
      mean((i) => isl[i]),
    )
    close(
      moments.osl,
      mean((i) => osl[i]),
    )
    close(moments.isl * (1 - moments.prefixHit), mean(computed))
    close(1 + moments.islCv ** 2, mean((i) => computed(i) ** 2) / mean(computed) ** 2)
    close(1 + moments.oslCv ** 2, mean((i) => osl[i] ** 2) / mean((i) => osl[i]) ** 2)
    // serving.md, correction 1: L = E[P G] / E[G] + E[G^2] / (2 E[G]).
    const context = mean((i) => isl[i] * osl[i]) / mean((i) => osl[i]) + mean((i) => osl[i] ** 2) / (2 * mean((i) => osl[i]))
    close(meanContext(moments), context)
  })

  it('meet fewer long prompts where those have short outputs', () => {
    expect(meanContext(requestMoments(mixture))).toBeLessThan(0.5 * meanContext({ ...requestMoments(mixture), decodingIsl: undefined }))
  })

  it('are those of the lengths where there is one class', () => {
    const chat = catalog.workload('chat')
    expect(requestMoments(chat)).toEqual({ isl: 858, islCv: 1.1, osl: 256, oslCv: 0.8, prefixHit: 0 })
  })
})
