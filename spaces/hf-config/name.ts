/**
 * Name of the model that a path leads to: `org/model` of a download cache (`models--org--model/snapshots/...`) or of a flat copy
 * (`org--model_config.json`), else the folder's name.
 */
export function modelName(path: string): string {
  const steps = path.split(/[\\/]+/).filter((step) => step !== '' && step !== '.')
  const cached = steps.map((step) => /^models--(.+)$/.exec(step)?.[1]).find((name) => name !== undefined)
  if (cached !== undefined) return cached.replace('--', '/')
  const last = steps.at(-1) ?? ''
  const flat = /^(.+?)[_.-]?config\.json$/.exec(last)?.[1]
  const named = flat ?? (last.endsWith('.json') && last !== 'config.json' ? last.slice(0, -'.json'.length) : undefined)
  const folder = last === 'config.json' ? steps.at(-2) : last
  return (named ?? (folder || 'model')).replace('--', '/')
}
