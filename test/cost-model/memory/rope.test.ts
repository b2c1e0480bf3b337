import { expect, it } from 'vitest'
import { ropeBytes } from '../../../cost-model/memory/rope.ts'
import { catalog } from './cases.ts'

it.each([
  ['qwen3-8b', 40_960 * 128 * 2],
  ['deepseek-v3', 163_840 * 64 * 2],
  ['opt-6.7b', 0],
  ['falcon-mamba-7b', 0],
])('the RoPE table of %s has %d bytes', (model, bytes) => {
  expect(ropeBytes(catalog.model(model))).toBe(bytes)
})
