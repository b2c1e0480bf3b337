import { z } from 'zod'
import { routings } from '../cost-model/serve/replay/route.ts'
import { resultVersion } from './result-schema.ts'
import { studySchema } from './study.ts'

const count = z.int().nonnegative()

const distribution = z
  .strictObject({ mean: z.number(), p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() })
  .describe('seconds, over requests; percentiles linear between ranks')

const poisson = z.strictObject({ kind: z.literal('poisson'), rate: z.number() })
const gamma = z.strictObject({ kind: z.literal('gamma'), rate: z.number(), cv: z.number() })
const ramp = z.strictObject({ kind: z.literal('ramp'), from: z.number(), to: z.number() })

const of = { requests: count, replicas: count, simulated: count, routing: z.enum(routings), seed: count }

/** What was simulated: `requests` to `simulated` of `replicas`. Rates in requests per second, at all that are simulated. */
const load = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('closed'), concurrency: count.describe('of each replica'), ramp: z.number(), ...of }),
  poisson.extend(of),
  gamma.extend(of),
  ramp.extend(of),
  z
    .strictObject({ kind: z.literal('part'), of: z.discriminatedUnion('kind', [poisson, gamma, ramp]), ...of })
    .describe("one replica's part of a stream at all of them"),
  z.strictObject({ kind: z.literal('trace'), ...of }).describe('its times are in requests.csv'),
])

const bound = z.number().nullable()

/** result.json of a replay, and what `replay --json` prints; SI units. */
export const replaySchema = z.strictObject({
  schemaVersion: z.literal(resultVersion),
  tool: z.strictObject({ name: z.literal('fleetfront'), version: z.string() }),
  study: studySchema.describe('as written, defaults filled in; quantities in SI units'),
  studyHash: z.string(),
  catalogHash: z.string(),
  plan: z.string().describe('plan key'),
  index: count.nullable().describe('number of the plan in the space; null where the space does not hold it'),
  load,
  workers: z
    .strictObject({ prefill: count, decode: count })
    .nullable()
    .describe('separate workers, all of which were simulated; null: replicas that do both phases'),
  slo: z.strictObject({ ttft: bound, tpot: bound, e2e: bound }).describe('seconds; null: no bound'),
  ttft: distribution,
  tpot: distribution,
  e2e: distribution,
  itl: distribution.describe(
    'seconds, over gaps between two steps that give a request tokens; percentiles are lengths that such shares do not exceed',
  ),
  requestsPerSecond: z.number().describe('finished, over the makespan'),
  outputTokensPerSecond: z.number(),
  attainment: z.number().describe('share of requests within every bound of the SLO, of their class where it has one'),
  goodput: z.number().describe('of these, per second'),
  preemptions: count,
  makespan: z.number().describe('seconds from the first arrival to the last token'),
  classes: z
    .array(
      z.strictObject({
        name: z.string(),
        requests: count,
        ttft: distribution,
        tpot: distribution,
        e2e: distribution,
        attainment: z.number(),
      }),
    )
    .describe('of a mixture, by class'),
  steps: count,
  overload: z
    .strictObject({ offered: z.number(), capacity: z.number(), waiting: count })
    .nullable()
    .describe('more came than is served: requests per second, and how many waited at the end'),
})
