import { z } from 'zod'
import { efficiencySchema } from '../cost-model/calibration.ts'
import { explainSchema } from './explain-schema.ts'
import { replaySchema } from './replay-schema.ts'
import { estimateSchema, resultSchema } from './result-schema.ts'
import { studySchema } from './study.ts'

/** JSON Schemas (draft 2020-12) of what a person writes and of what a run writes. */
export const jsonSchemas = {
  study: () => z.toJSONSchema(studySchema, { io: 'input' }),
  calibration: () => z.toJSONSchema(efficiencySchema, { io: 'input' }),
  result: () => z.toJSONSchema(resultSchema, { io: 'input' }),
  estimate: () => z.toJSONSchema(estimateSchema, { io: 'input' }),
  explain: () => z.toJSONSchema(explainSchema, { io: 'input' }),
  replay: () => z.toJSONSchema(replaySchema, { io: 'input' }),
} as const
