import { stringify } from 'csv-stringify/sync'
import type { FoundPlan } from '../../optimizer/find-plan.ts'
import { resultVersion } from '../../optimizer/result-schema.ts'
import type { Setting } from '../../optimizer/setting.ts'
import { planKey } from '../../spaces/plan-key.ts'
import type { OutputFile } from '../write.ts'
import { replayPage } from './page.ts'
import type { Done } from './words.ts'

/** The files of a replay: every request as CSV, the figures as JSON, the page. */
export function replayFiles(setting: Setting, found: FoundPlan, done: Done, version: string): readonly OutputFile[] {
  return [
    { name: 'requests.csv', chunks: requestsCsv(done) },
    { name: 'result.json', chunks: [`${JSON.stringify(replayJson(setting, found, done, version), null, 2)}\n`] },
    { name: 'replay.html', chunks: [replayPage(setting, found, done)] },
  ]
}

/** What `replay --json` says; SI units. */
export function replayJson({ study, studyHash, catalogHash }: Setting, { plan, index }: FoundPlan, done: Done, version: string) {
  const { summary, classes, slo, overload, arrivals, replicas, simulated, routing, seed, replayed, workers } = done
  const { kind, ...load } = arrivals.kind === 'part' ? { kind: arrivals.kind, of: arrivals.of } : arrivals
  return {
    schemaVersion: resultVersion,
    tool: { name: 'fleetfront', version },
    study,
    studyHash,
    catalogHash,
    plan: planKey(plan),
    index: index ?? null,
    // The times of a trace are in requests.csv.
    load: { kind, ...('times' in load ? {} : load), requests: replayed.requests.isl.length, replicas, simulated, routing, seed },
    workers: workers ?? null,
    slo: { ttft: finite(slo.ttft), tpot: finite(slo.tpot), e2e: finite(slo.e2e) },
    ...summary,
    classes,
    steps: replayed.steps,
    overload: overload ?? null,
  }
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null
}

const header = [
  'request',
  'arrival_s',
  'isl',
  'osl',
  'cached',
  'admitted_s',
  'first_token_s',
  'finish_s',
  'preemptions',
  'ttft_ms',
  'tpot_ms',
]
/** Of separate workers; empty where a request of one token ended with its prompt. */
const ofStages = ['prefilled_s', 'kv_there_s', 'decodes_s']
const block = 2048

/** A row per request, in the order they came; itself a trace that `--trace` reads. */
function* requestsCsv({ replayed: { requests, records }, classes, stages }: Done): Generator<string> {
  const { classOf } = requests
  yield stringify([[...header, ...(stages === undefined ? [] : ofStages), ...(classOf === undefined ? [] : ['class'])]])
  const count = requests.isl.length
  const second = (value: number) => Number(value.toFixed(6))
  for (let from = 0; from < count; from += block) {
    const rows = Array.from({ length: Math.min(block, count - from) }, (_, j) => {
      const i = from + j
      const [arrival, first, finish, osl] = [records.arrival[i], records.first[i], records.finish[i], requests.osl[i]]
      const tpot = osl > 1 ? ((finish - first) / (osl - 1)) * 1e3 : undefined
      const times = [records.admitted[i], first, finish].map(second)
      return [
        i,
        second(arrival),
        requests.isl[i],
        osl,
        requests.cached[i],
        ...times,
        records.preemptions[i],
        second((first - arrival) * 1e3),
        tpot === undefined ? '' : second(tpot),
        ...(stages === undefined
          ? []
          : [stages.prefilled[i], stages.landed[i], stages.joined[i]].map((time) =>
              time === undefined || Number.isNaN(time) ? '' : second(time),
            )),
        ...(classOf === undefined ? [] : [classes[classOf[i]].name]),
      ]
    })
    yield stringify(rows)
  }
}
