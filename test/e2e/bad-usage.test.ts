import { describe, expect, it } from 'vitest'
import { refusal } from './refusal.ts'
import { emptyFolder, run } from './run.ts'

const folder = emptyFolder()
const refused = (...args: readonly string[]) => refusal(folder, args)
const h100 = ['estimate', '--model', 'meta-llama-3.1-8b', '--gpu', 'h100-sxm'] as const
const ofPlan = ['estimate', '--model', 'meta-llama-3.1-8b', '--plan'] as const

describe('a command line', () => {
  it('without a command shows what there is, on stderr, and fails', async () => {
    for (const args of [[], ['catalog']]) {
      const { code, out, err } = await run(args)
      expect([code, out, err]).toEqual([1, '', expect.stringMatching(/^Usage: fleetfront/)])
    }
  })

  it.each([
    [['swep'], "unknown command 'swep' (did you mean sweep?)"],
    [['catalog', 'lst'], "unknown command 'lst' (did you mean list?)"],
    [['sweep', 'x', '--worker', '2'], "unknown option '--worker' (did you mean --workers?)"],
    [['sweep'], "missing required argument 'study'"],
    [['sweep', 'a', 'b'], "too many arguments for 'sweep'. Expected 1 argument but got 2."],
    [['sweep', 'a', '--workers', 'two'], `option '--workers <n>' argument 'two' is invalid. "two" is not a whole number from 0 to 256.`],
    [
      ['sweep', 'a', '--workers', '99999'],
      `option '--workers <n>' argument '99999' is invalid. "99999" is not a whole number from 0 to 256.`,
    ],
    [['sweep', 'a', '--catalog', './none'], './none: no such directory'],
    [['completion', 'tcsh'], "command-argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish."],
    [['schema', 'stud'], 'what: no schema is called "stud" (did you mean "study"?)'],
    [['catalog', 'list', 'gpuss'], 'kind: unknown kind "gpuss" (did you mean "gpu"?)'],
    [['catalog', 'show', 'gpu', 'h100-sx'], 'name: unknown gpu "h100-sx" (did you mean "h100-sxm"?)'],
  ])('%j', async (args, message) => {
    expect(await refused(...args)).toBe(message)
  })

  it.each(['h100-sxm', 'h100-sxm=', 'h100-sxm=0', 'h100-sxm=-1', 'h100-sxm=nan', 'h100-sxm=1e9', '=2', 'h100-sxm=2=3'])(
    'with the price %s',
    async (price) => {
      const rest = `"${price}" is not GPU=DOLLARS with dollars per GPU-hour above 0 and at most 100000, like h100-sxm=2.2.`
      expect(await refused('sweep', 'x', '--price', price)).toBe(`option '--price <gpu=usd>' argument '${price}' is invalid. ${rest}`)
    },
  )

  it('with a price of a GPU that nobody knows', async () => {
    expect(await refused(...h100, '--price', 'h100sx=2')).toBe('--price.h100sx: unknown gpu "h100sx" (did you mean "h100-sxm"?)')
  })
})

describe('an estimate', () => {
  const key = 'h100-sxm:r1.pp1.sp1.adp1.tp2.dcp1.ep1.mtp2.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192'

  it.each([
    [['estimate'], "required option '--model <name>' not specified"],
    [['estimate', '--model', 'meta-llama-3.1-8b'], '--gpu: name a GPU or a node (like --gpu h100-sxm)'],
    [
      ['estimate', '--model', 'x', '--gpu', 'h100-sxm'],
      expect.stringMatching(/^--model: unknown model "x" \(fleetfront catalog list models/),
    ],
    [[...h100, '--engine', 'vlm'], '--engine: unknown engine "vlm" (did you mean "vllm"?)'],
    [[...h100, '--workload', 'cht'], '--workload: unknown workload "cht" (did you mean "chat"?)'],
    [[...h100, '--node', 'dgx-a100'], '--gpu: node "dgx-a100" holds a100-sxm-80gb, not h100-sxm'],
    [[...h100, '--tp', '0'], `option '--tp <n>' argument '0' is invalid. "0" is not a whole number of at least 1.`],
    [[...h100, '--isl', '1000000000'], '--isl: must be at most 10000000, not 1000000000'],
    [[...h100, '--ttft', '30 GB'], '--ttft: "30 GB" is not a time: unknown unit "GB" (write for example 2 s or 30 ms)'],
    [[...h100, '--prefix-hit', '1'], `option '--prefix-hit <share>' argument '1' is invalid. "1" is not a number from 0 to below 1.`],
    [
      [...h100, '--sp-kind', 'rin'],
      expect.stringMatching(/^option '--sp-kind <kind>' argument 'rin' is invalid\. Allowed choices are ring,/),
    ],
    [[...h100, '--workload', 'chat', '--isl', '9'], "option '--workload <name>' cannot be used with option '--isl <n>'"],
    [[...ofPlan, key, '--tp', '4'], "option '--plan <key>' cannot be used with option '--tp <n>'"],
    [[...h100, '--dp', '3000000'], 'the widths: must be at most 1048576 GPUs, not 3000000'],
  ])('%j', async (args, message) => {
    expect(await refused(...args)).toEqual(message)
  })

  it.each([
    [['--tp', '4', '--ep', '3'], '--ep: ep 3 x moe-dp 1 does not divide the 4 GPUs of a stage (tp 4 x sp 1 x attention-dp 1)'],
    [['--tp', '4', '--moe-dp', '8'], '--moe-dp: ep 1 x moe-dp 8 does not divide the 4 GPUs of a stage (tp 4 x sp 1 x attention-dp 1)'],
    [['--tp', '4', '--ffn-tp', '3'], '--ffn-tp: ffn-tp 3 does not divide the 4 GPUs of a stage (tp 4 x sp 1 x attention-dp 1)'],
    [['--tp', '4', '--dcp', '3'], '--dcp: dcp 3 does not divide tp 4'],
    [['--tp', '12'], expect.stringMatching(/^the widths: 12 GPUs do not fill nodes of 8/)],
  ])('of widths that do not multiply: %j', async (flags, message) => {
    expect(await refused(...h100, ...flags)).toEqual(message)
  })

  it.each([
    ['best', 'plan key "best" has no pool and layout (pool:r1.pp1...)'],
    [key.replace('tp2', 'tq2'), expect.stringMatching(/^unknown field "tq2" in layout /)],
    [key.replace(':b64', ''), expect.stringMatching(/must have the sections pool:layout:precision:b<batch>:c<chunk>/)],
    [key.replace('kv=fp8', 'kv=fp9'), expect.stringMatching(/^unknown format "fp9" for kv/)],
    [key.replace('b64', 'b0'), 'b must be a whole number of at least 1, not "0"'],
    [key.replace('sxm', 'smx'), 'unknown gpu "h100-smx" (did you mean "h100-sxm"?)'],
    [`P(${key})x0+D(${key})x2`, 'x must be a whole number of at least 1, not "0"'],
  ])('of the plan key %s', async (plan, message) => {
    const said = await refused(...ofPlan, plan)
    expect(said.slice(0, 8)).toBe('--plan: ')
    expect(said.slice(8)).toEqual(message)
  })
})
