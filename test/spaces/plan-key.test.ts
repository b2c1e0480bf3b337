import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../spaces/issue.ts'
import { parsePlanKey } from '../../spaces/parse-plan-key.ts'
import type { ColocatedPlan, Plan } from '../../spaces/plan.ts'
import { completeLayout, planKey } from '../../spaces/plan-key.ts'
import { formatNames } from '../../spaces/precision.ts'

const example = 'h100-sxm:r2.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192'

const width = fc.integer({ min: 1, max: 2 ** 40 })
const probability = fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs)
const name = fc.constantFrom(...formatNames)
const colocated: fc.Arbitrary<ColocatedPlan> = fc
  .record({
    kind: fc.constant('colocated' as const),
    pool: fc.stringMatching(/^[a-z][a-z0-9.: -]{0,12}[a-z0-9]$/),
    layout: fc
      .record({
        replicas: width,
        pp: width,
        attentionDp: width,
        sp: width,
        spKind: fc.constantFrom('ring', 'all-to-all', 'all-gather'),
        tp: width,
        dcp: width,
        ffnTp: fc.option(width, { nil: undefined }),
        ep: width,
        moeTp: width,
        moeDp: width,
        redundantExperts: fc.oneof(fc.constant(0), width),
      })
      .map((widths) => completeLayout({ ...widths, spKind: widths.sp > 1 ? (widths.spKind as 'ring') : undefined })),
    precision: fc.record({ weights: fc.constantFrom('shipped', ...formatNames), activations: name, kv: name, comm: name }),
    batch: width,
    chunk: width,
    speculation: fc.option(
      fc.oneof(
        fc.record({ depth: width, acceptance: probability }),
        fc.record({
          depth: width,
          acceptance: fc.array(probability, { minLength: 2, maxLength: 4 }),
          draft: fc.constantFrom('eagle' as const, 'ngram' as const),
        }),
      ),
      {
        nil: undefined,
      },
    ),
  })
  .map(({ speculation, ...plan }) => (speculation === undefined ? plan : { ...plan, speculation }))
const plans: fc.Arbitrary<Plan> = fc.oneof(
  colocated,
  fc.record({
    kind: fc.constant('disaggregated' as const),
    prefill: colocated,
    decode: colocated,
    prefillWorkers: width,
    decodeWorkers: width,
  }),
)

describe('planKey', () => {
  it('writes the key of the contract, and reading it gives the plan back', () => {
    const plan = parsePlanKey(example)
    expect(plan).toEqual({
      kind: 'colocated',
      pool: 'h100-sxm',
      layout: {
        replicas: 2,
        pp: 1,
        attentionDp: 1,
        sp: 1,
        spKind: undefined,
        tp: 8,
        dcp: 1,
        ffnDp: 1,
        ffnTp: 8,
        ep: 1,
        moeTp: 8,
        moeDp: 1,
        redundantExperts: 0,
      },
      precision: { weights: 'fp8', activations: 'fp8', kv: 'fp8', comm: 'bf16' },
      batch: 64,
      chunk: 8192,
    })
    expect(planKey(plan)).toBe(example)
  })

  it('writes fields beyond the contract only where they are not at their default', () => {
    const key = (layout: string, tail = '') => `p:${layout}:w=shipped,a=bf16,kv=bf16,comm=bf16:b1:c1${tail}`
    for (const text of [
      key('r1.pp2.sp4.adp1.tp8.dcp2.ep32.mtp1.mdp1.spk=ring'),
      key('r1.pp1.sp1.adp4.tp2.dcp1.ep8.mtp1.mdp1.ftp8.red32'),
      key('r1.pp1.sp1.adp1.tp1.dcp1.ep1.mtp1.mdp1', ':s3@0.7'),
    ]) {
      expect(planKey(parsePlanKey(text))).toBe(text)
    }
  })

  it('does not write the dense-FFN width that attention implies: tp, times sp once decode shards the KV', () => {
    const layout = 'r1.pp1.sp4.adp1.tp8.dcp2.ep32.mtp1.mdp1.spk=ring'
    const plan = (extra: string) => parsePlanKey(`p:${layout}${extra}:w=bf16,a=bf16,kv=bf16,comm=bf16:b1:c1`) as ColocatedPlan
    expect(plan('').layout).toMatchObject({ ffnTp: 32, ffnDp: 1 })
    const prefill = parsePlanKey('p:r1.pp1.sp4.adp1.tp8.dcp1.ep32.mtp1.mdp1.spk=ring:w=bf16,a=bf16,kv=bf16,comm=bf16:b1:c1')
    expect((prefill as ColocatedPlan).layout).toMatchObject({ ffnTp: 8, ffnDp: 4 })
    expect(planKey(plan('.ftp32'))).toBe(planKey(plan('')))
    expect(planKey(plan('.ftp8'))).toContain('.ftp8:')
  })

  it('names a disaggregated plan by the keys and numbers of its workers', () => {
    const text = `P(${example})x2+D(${example.replace('b64', 'b256')})x3`
    expect(parsePlanKey(text)).toMatchObject({ kind: 'disaggregated', prefillWorkers: 2, decodeWorkers: 3, decode: { batch: 256 } })
    expect(planKey(parsePlanKey(text))).toBe(text)
  })

  it('has an inverse', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(parsePlanKey(planKey(plan))).toEqual(plan)
      }),
      { seed: 1, numRuns: 300 },
    )
  })

  it('does not depend on the order in which fields were written', () => {
    const shuffled = 'h100-sxm:mdp1.tp8.r2.ep1.pp1.mtp8.sp1.dcp1.adp1:comm=bf16,kv=fp8,a=fp8,w=fp8:b64:c8192'
    expect(() => parsePlanKey(shuffled)).toThrow('has no pool and layout')
    expect(planKey(parsePlanKey(shuffled.replace('mdp1.tp8.r2', 'r2.tp8.mdp1')))).toBe(example)
  })
})

describe('parsePlanKey', () => {
  it.each([
    ['', 'has no pool and layout'],
    ['h100-sxm:tp8', 'has no pool and layout'],
    ['h100-sxm:r2.pp1', 'must have the sections'],
    [`${example}:s3@0.7:x`, 'must have the sections'],
    [example.replace('tp8.', ''), 'lacks tp'],
    [example.replace('tp8', 'tp0'), 'tp must be a whole number of at least 1, not "0"'],
    [example.replace('tp8', 'tp-8'), 'tp must be a whole number of at least 1, not "-8"'],
    [example.replace('tp8', 'tp'), 'tp must be a whole number of at least 1, not ""'],
    [example.replace('dcp1', 'tp8'), 'has tp twice'],
    [example.replace('mdp1', 'mpd1'), 'unknown field "mpd1" in layout "r2.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mpd1" (did you mean "mdp"?)'],
    [example.replace('sp1', 'sp2'), 'has sp2 without its kind (add .spk=ring or .spk=all-to-all or .spk=all-gather)'],
    [example.replace('mdp1', 'mdp1.spk=ring'), 'has spk=ring with sp1'],
    [example.replace('sp1', 'sp2').replace('mdp1', 'mdp1.spk=rings'), 'unknown sequence kind "rings" (did you mean "ring"?)'],
    [example.replace('w=fp8', 'w=fp9'), 'unknown format "fp9" for w (did you mean "fp8"?)'],
    [example.replace('a=fp8', 'a=shipped'), 'unknown format "shipped" for a'],
    [example.replace('a=fp8', 'act=fp8'), 'unknown field "act" in precision "w=fp8,act=fp8,kv=fp8,comm=bf16" (known: w, a, kv, comm)'],
    [example.replace(',comm=bf16', ''), 'lacks comm'],
    [example.replace('w=fp8', 'w=fp8,w=bf16'), 'has w twice'],
    [example.replace('w=fp8', 'w=fp8=1'), 'unknown format "fp8=1" for w'],
    [example.replace('h100-sxm', ''), 'has no pool and layout'],
    [example.replace('b64', '64'), 'section "64" must be b and a number'],
    [example.replace('b64', 'b6.4'), 'b must be a whole number of at least 1, not "6.4"'],
    [example.replace('c8192', 'c90071992547409921'), 'c must be a whole number'],
    [`${example}:s3`, 'speculation "s3" is not s<depth>@<acceptance> (write for example s3@0.7)'],
    [`P(${example})x0+D(${example})x1`, 'x must be a whole number of at least 1, not "0"'],
  ])('says what is wrong with %j', (text, message) => {
    const parse = () => parsePlanKey(text, '--plan')
    expect(parse).toThrow(InputError)
    expect(parse).toThrow(message)
    expect(parse).toThrow(/^--plan: /)
  })
})
