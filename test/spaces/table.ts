import { readFileSync } from 'node:fs'

/** Rows of a CSV file with quoted fields, by column name. */
export function readTable(path: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/).map(fieldsOf)
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])))
}

function fieldsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '')
}
