import { findColumn } from '../cost-model/column.ts'
import { csvHeader } from './csv.ts'
import { planFieldDocs } from './plan-fields.ts'

const identity: Readonly<Record<string, string>> = {
  plan: 'plan key',
  index: 'number of the plan in the space',
  reason: 'the first limit the plan misses; empty where it misses none',
}

/** What stands in each column of front.csv and plans.csv (Frictionless Table Schema, specs.frictionlessdata.io). */
export function csvSchema(): object {
  return { missingValues: [''], fields: csvHeader.map(field) }
}

function field(name: string): object {
  const column = findColumn(name)
  if (column === undefined) return { name, type: 'any', description: identity[name] ?? planFieldDocs.get(name) }
  if (column.labels !== undefined) return { name, type: 'string', description: column.doc, constraints: { enum: column.labels } }
  return { name, type: 'number', description: column.doc, unit: column.unit }
}
