import { checkStudy, type WrittenStudy } from '../../optimizer/read-study.ts'
import { type ResolveOptions, resolveStudy } from '../../optimizer/resolve.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { formatIssue, InputError } from '../../spaces/issue.ts'
import { parseYaml } from '../../spaces/read.ts'

/** A small study, one line per key, in which a test replaces or adds lines. */
const lines: Readonly<Record<string, string>> = {
  name: 'test study',
  model: 'llama-3.3-70b-instruct',
  fleet: '[{ node: dgx-h100, nodes: 1 }]',
  engine: 'vllm',
  workload: '{ isl: 1000, osl: 100 }',
  slo: '{ ttft: 2 s, tpot: 50 ms }',
  axes: '{ weights: fp8, kv: fp8, batch: [1, 8, 64] }',
}

export function studyText(changes: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...lines, ...changes })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('')
}

export function written(changes: Readonly<Record<string, string>> = {}): WrittenStudy {
  const { value, where } = parseYaml(studyText(changes), 'study.yaml')
  return checkStudy(value, where)
}

export function resolved(changes: Readonly<Record<string, string>> = {}, options: ResolveOptions = {}): Setting {
  return resolveStudy(written(changes), options)
}

/** What a person reads when the study is refused, one line per problem. */
export function refusal(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof InputError) return error.issues.map(formatIssue).join('\n')
    throw error
  }
  return 'accepted'
}
