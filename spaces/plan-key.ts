import { type ColocatedPlan, defaultFfnTp, type Layout, type Plan, type Precision, type Speculation, stageGpus } from './plan.ts'

/** Layout fields that every key carries, in the order they are written. */
export const keyWidths = [
  ['r', 'replicas'],
  ['pp', 'pp'],
  ['sp', 'sp'],
  ['adp', 'attentionDp'],
  ['tp', 'tp'],
  ['dcp', 'dcp'],
  ['ep', 'ep'],
  ['mtp', 'moeTp'],
  ['mdp', 'moeDp'],
] as const satisfies readonly (readonly [string, keyof Layout])[]

/** Precision fields, in the order they are written. */
export const keyPrecisions = [
  ['w', 'weights'],
  ['a', 'activations'],
  ['kv', 'kv'],
  ['comm', 'comm'],
] as const satisfies readonly (readonly [string, keyof Precision])[]

/**
 * The canonical name of a plan: equal plans have equal keys.
 *
 *     h100-sxm:r2.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1:w=fp8,a=fp8,kv=fp8,comm=bf16:b64:c8192
 *
 * pool : layout : precision : batch per replica : chunk. These fields are always there. Others are appended to their section where
 * they are not at their default: `.spk=ring` (kind, wherever sp > 1), `.ftp4` (dense-FFN TP, default `defaultFfnTp`), `.red32`
 * (redundant experts, default 0), and `:s3@0.7` at the end (speculation: depth @ acceptance; a curve as
 * `0.8/0.6`; `,eagle` or `,ngram` where drafts are not the model's own). ffnDp is not written: it is what ffnTp
 * leaves of the stage. Disaggregated: `P(key of a prefill worker)x2+D(key of a decode worker)x3`, the numbers counting workers.
 */
export function planKey(plan: Plan): string {
  if (plan.kind === 'colocated') return colocatedKey(plan)
  return `P(${colocatedKey(plan.prefill)})x${plan.prefillWorkers}+D(${colocatedKey(plan.decode)})x${plan.decodeWorkers}`
}

function colocatedKey({ pool, layout, precision, batch, chunk, speculation }: ColocatedPlan): string {
  const formats = keyPrecisions.map(([key, field]) => `${key}=${precision[field]}`).join(',')
  return `${pool}:${layoutKey(layout)}:${formats}:b${batch}:c${chunk}${speculation === undefined ? '' : `:${speculationKey(speculation)}`}`
}

/** The last section of a key: `s3@0.7`. */
export function speculationKey({ depth, acceptance, draft = 'mtp' }: Speculation): string {
  const curve = typeof acceptance === 'number' ? `${acceptance}` : acceptance.join('/')
  return `s${depth}@${curve}${draft === 'mtp' ? '' : `,${draft}`}`
}

/** The layout section of a key: `r2.pp1.sp1.adp1.tp8.dcp1.ep1.mtp8.mdp1`. */
function layoutKey(layout: Layout): string {
  const parts = keyWidths.map(([key, field]) => `${key}${layout[field]}`)
  if (layout.spKind !== undefined) parts.push(`spk=${layout.spKind}`)
  if (layout.ffnTp !== defaultFfnTp(layout)) parts.push(`ftp${layout.ffnTp}`)
  if (layout.redundantExperts > 0) parts.push(`red${layout.redundantExperts}`)
  return parts.join('.')
}

/** Fills in what a layout's other widths imply. `ffnDp` is not whole where ffnTp does not divide the stage: rules refuse that. */
export function completeLayout(widths: Omit<Layout, 'ffnDp' | 'ffnTp'> & { readonly ffnTp?: number | undefined }): Layout {
  const ffnTp = widths.ffnTp ?? defaultFfnTp(widths)
  const layout = { ...widths, ffnTp, ffnDp: 0 }
  return { ...layout, ffnDp: stageGpus(layout) / ffnTp }
}
