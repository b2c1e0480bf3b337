import { describe, expect, it } from 'vitest'
import { studyText } from '../optimizer/written.ts'
import { refusal } from './refusal.ts'
import { emptyFolder, write } from './run.ts'

const folder = emptyFolder()
const study = write(folder, 'study.yaml', studyText())
const refused = (plan: string) => refusal(folder, ['explain', study, '--plan', plan])

describe('explain refuses in one line', () => {
  it.each([
    ['beest', '--plan: "beest" is neither a plan key nor an index nor "best" (did you mean "best"?)'],
    ['-3', '--plan: "-3" is neither a plan key nor an index nor "best" (front.csv and result.json list keys)'],
    ['99999', /^--plan: no plan 99999: the study has \d+ plans, numbered 0 to \d+$/],
    ['1@xyz', '--plan: "@xyz" is not a study\'s hash: 4 to 64 letters and digits from 0-9a-f'],
    ['1@ffffffff', /^--plan: the index is of another study: its hash begins with ffffffff, this one's with [0-9a-f]{8} \(a plan key .+\)$/],
    ['h100:r1.pp1', /^--plan: plan key "h100:r1\.pp1" must have the sections /],
    [
      'h200:r1.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b1:c8192',
      /^--plan: unknown pool "h200" \((did you mean|known:) /,
    ],
    [
      'P(h100-sxm:r1.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b1:c8192)x1+D(h100-sxm:r1.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b1:c8192)x1',
      '--plan: separate workers are not explained yet',
    ],
  ])('a plan called %s', async (plan, message) => {
    expect(await refused(plan)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message))
  })

  it('a missing plan, and a phase that there is not', async () => {
    expect(await refusal(folder, ['explain', study])).toMatch(/^required option '--plan <plan>' not specified$/)
    expect(await refusal(folder, ['explain', study, '--plan', '1', '--phase', 'train'])).toMatch(/Allowed choices are prefill, decode/)
  })
})
