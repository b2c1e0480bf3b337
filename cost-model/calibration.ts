import { z } from 'zod'

/** Fitted and measured constants, loaded from cost-model/calibration/*.json: plain data that a scenario carries. */
export const calibrationSchema = z.strictObject({ id: z.string() })
export type Calibration = z.infer<typeof calibrationSchema>
