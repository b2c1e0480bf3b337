import { expect } from 'vitest'
import { contents, run } from './run.ts'

/**
 * What a person reads when a command refuses, with the folder's path as `<dir>`. On the way it is checked that the command exits with
 * 1, says nothing on stdout, names every problem in one line without a stack trace, and leaves the folder as it was.
 */
export async function refusal(folder: string, args: readonly string[]): Promise<string> {
  const before = contents(folder)
  const { code, out, err } = await run(args)
  expect({ code, out, left: contents(folder) }).toEqual({ code: 1, out: '', left: before })
  const lines = err.trimEnd().split('\n')
  for (const line of lines) expect(line).toMatch(/^error: \S/)
  return lines.map((line) => line.slice('error: '.length).replaceAll(folder, '<dir>')).join('\n')
}
