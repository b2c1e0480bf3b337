import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseTrace, readTrace } from '../../../optimizer/trace/trace.ts'
import { InputError } from '../../../spaces/issue.ts'
import { needs } from '../../needs.ts'

const shared = needs('shared')

function parsed(text: string) {
  const { times, isl, osl, cached, format } = parseTrace(text, 't')
  return { format, times: [...times], isl: [...isl], osl: [...osl], cached: [...cached] }
}

/** The one line that a person reads. */
function refused(text: string, most?: number): string {
  try {
    parseTrace(text, 't', most)
  } catch (error) {
    if (error instanceof InputError) return error.message
    throw error
  }
  throw new Error('the trace was read')
}

describe('a trace', () => {
  it("is Azure's CSV, its times from the first request on", () => {
    const text = 'TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 23:59:59.5000000,4808,10\r\n2023-11-17 00:00:01.2500000,3180,8'
    expect(parsed(text)).toEqual({ format: 'azure', times: [0, 1.75], isl: [4808, 3180], osl: [10, 8], cached: [0, 0] })
  })

  it("is Mooncake's JSON lines, whose hashes say which blocks of 512 came before", () => {
    const text = [
      '{"timestamp": 1000, "input_length": 1500, "output_length": 5, "hash_ids": [0, 1, 2]}',
      '{"timestamp": 1500, "input_length": 1400, "output_length": 6, "hash_ids": [0, 1, 7]}',
      '{"timestamp": 1500, "input_length": 600, "output_length": 7}',
    ].join('\n')
    const trace = { format: 'mooncake', times: [0, 0.5, 0.5], isl: [1500, 1400, 600], osl: [5, 6, 7], cached: [0, 1024, 0] }
    expect(parsed(`${text}\n`)).toEqual(trace)
  })

  it("is JSON lines with a time and OpenAI's usage", () => {
    const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 64 } }
    const trace = { format: 'openai', times: [0], isl: [100], osl: [20], cached: [64] }
    expect(parsed(JSON.stringify({ created: 1_700_000_000, usage }))).toEqual(trace)
  })

  it('is our own CSV, in any order of columns and with others beside them', () => {
    const trace = { format: 'fleetfront', times: [0, 2], isl: [10, 30], osl: [20, 40], cached: [0, 16] }
    expect(parsed('osl,arrival_s,isl,name,cached\n20,1.5,10,a,0\n40,3.5,30,b,16\n')).toEqual(trace)
  })

  it('is refused in one line that says where and why', () => {
    const own = 'arrival_s,isl,osl\n'
    const lines = {
      empty: refused('\n'),
      noRequest: refused(own),
      unknownCsv: refused('time,prompt,output\n1,2,3'),
      unknownJson: refused('{"prompt": "hello"}'),
      missingColumn: refused('arrival_s,isl\n1,2'),
      missingField: refused('{"timestamp": 1, "input_length": 2, "output_length": 3}\n{"timestamp": 1, "input_length": 2}'),
      unsorted: refused(`${own}5,1,1\n4,1,1\n`),
      negative: refused(`${own}-1,1,1\n`),
      noPrompt: refused(`${own}0,0,1\n`),
      noOutput: refused(`${own}0,1,0\n`),
      fraction: refused(`${own}0,1.5,1\n`),
      word: refused(`${own}0,many,1\n`),
      cached: refused('arrival_s,isl,osl,cached\n0,10,1,11\n'),
      truncatedCsv: refused(`${own}0,1,1\n1,2`),
      truncatedJson: refused('{"timestamp": 1, "input_length": 2, "output_length": 3}\n{"timestamp": 1, "inp'),
      brokenInside: refused(`${own}0,1\n1,1,1\n`),
      mixedEnds: refused(`${own}0,1,1\r\n1,1,1\n`),
      otherMixedEnds: refused('arrival_s,isl,osl\r\n0,1,1\n1,1,1\r\n'),
      hash: refused('{"timestamp": 1, "input_length": 2, "output_length": 3, "hash_ids": ["a"]}'),
      tooMany: refused(`${own}${'0,1,1\n'.repeat(11)}`, 10),
    }
    expect(lines).toMatchInlineSnapshot(`
      {
        "brokenInside": "t:2: 2 fields where the first line has 3",
        "cached": "t:2: 11 cached tokens of a prompt of 10",
        "empty": "t: the file is empty",
        "fraction": "t:2: prompt of 1.5 tokens: it takes a whole number from 1 to 100000000",
        "hash": "t:1: no number hash_ids",
        "missingColumn": "t:1: no column osl",
        "missingField": "t:2: no number output_length",
        "mixedEnds": "t:2: the line ends in CRLF, those above in LF (write all lines with one kind of end)",
        "negative": "t:2: time -1 is negative",
        "noOutput": "t:2: output of 0 tokens: it takes a whole number from 1 to 100000000",
        "noPrompt": "t:2: prompt of 0 tokens: it takes a whole number from 1 to 100000000",
        "noRequest": "t: no request",
        "otherMixedEnds": "t:2: the line ends in LF, those above in CRLF (write all lines with one kind of end)",
        "tooMany": "t: more than 10 requests (take a part of the trace)",
        "truncatedCsv": "t:3: the file ends in the middle of a request (2 fields where the first line has 3)",
        "truncatedJson": "t:2: the file ends in the middle of a request (not JSON: unterminated string)",
        "unknownCsv": "t:1: no known trace: its first line names neither TIMESTAMP nor arrival_s (write arrival_s,isl,osl in the first line)",
        "unknownJson": "t:1: no known trace: its first line has neither input_length (Mooncake) nor usage (OpenAI)",
        "unsorted": "t:3: the request comes before the one above it: -1 s (sort by time)",
        "word": "t:2: "many" is no isl",
      }
    `)
  })

  it.skipIf(shared === undefined)('is as the published ones are: rows, mean lengths and prefix hits of serving.md, section 4', () => {
    const mean = (values: Int32Array) => values.reduce((sum, tokens) => sum + tokens, 0) / values.length
    const read = (name: string) => readTrace(join(shared!, 'measured/traces', name))
    const code = read('azure-2023-code.csv')
    expect([code.times.length, Math.round(mean(code.isl)), mean(code.osl).toFixed(1)]).toEqual([8819, 2048, '27.9'])
    const chat = read('azure-2023-conversation.csv')
    expect([chat.times.length, Math.round(mean(chat.isl)), Math.round(mean(chat.osl))]).toEqual([19_366, 1155, 211])
    const mooncake = read('mooncake-synthetic.jsonl')
    expect([mooncake.times.length, Math.round(mean(mooncake.osl))]).toEqual([3993, 149])
    expect(Math.abs(mean(mooncake.isl) - 15_326)).toBeLessThan(1)
    expect(mean(mooncake.cached) / mean(mooncake.isl)).toBeCloseTo(0.651, 2)
  })
})
