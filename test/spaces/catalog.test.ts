import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { catalogKinds, openCatalog } from '../../spaces/catalog.ts'
import { figureValue } from '../../spaces/figure.ts'
import { formatIssue, InputError } from '../../spaces/issue.ts'
import { parseYaml } from '../../spaces/read.ts'

const folder = mkdtempSync(join(tmpdir(), 'fleetfront-catalog-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A catalogue folder with these files. */
function catalogFolder(name: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, file, '..'), { recursive: true })
    writeFileSync(join(folder, name, file), text)
  }
  return join(folder, name)
}

function complaint(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error.issues.map(formatIssue).join('\n')
    throw error
  }
  return ''
}

// The ten lines README shows: a person's own GPU and model.
const gpuText = `id: my-gpu
generation: hopper
memory: { reported: 120 GiB, bandwidth: 5 TB/s }
flops: { bf16: 1200 TFLOP/s, fp8: 2400 TFLOP/s }
scaleUp: { bandwidth: 450 GB/s, domain: 8 }
scaleOut: 400 Gb/s
pcie: 63 GB/s
power: { tdp: 700 W, systemFactor: 1.8 }
price: { low: 2, high: 3 }
`
const modelText = `id: me/Tiny-1B
hidden: 2048
vocab: 32000
tieEmbeddings: false
maxPosition: 8192
norm: rmsnorm
layerGroups: [{ attn: { kind: gqa, heads: 16, kvHeads: 4, headDim: 128 }, ffn: { kind: dense, intermediate: 8192, gated: true }, norms: 2, count: 16 }]
layerOrder: 0x16
checkpoint: { quantization: none, formats: {}, activation: bf16, kv: bf16 }
source: { title: my own, date: 2026, confidence: low }
`

const builtIn = openCatalog()

describe('the catalogue', () => {
  it.each([
    ['h100-sxm', 'h100-sxm'],
    ['H100-SXM', 'h100-sxm'],
    ['h100_sxm', 'h100-sxm'],
  ])('finds gpu %s in any case', (name, id) => {
    expect(builtIn.gpu(name).id).toBe(id)
  })

  it.each(['meta-llama/Llama-3.3-70B-Instruct', 'META-LLAMA/llama-3.3-70b-instruct', 'llama-3.3-70b-instruct'])(
    'finds a model by id or short name: %s',
    (name) => {
      expect(builtIn.model(name).id).toBe('meta-llama/Llama-3.3-70B-Instruct')
    },
  )

  it('finds every entry by its id and by its file name', () => {
    for (const kind of catalogKinds) {
      for (const id of builtIn.list(kind)) {
        const { file } = builtIn.entry(kind, id)
        const slug = (file as string).replace(/^.*\/(.*)\.yaml$/, '$1')
        expect(builtIn.entry(kind, slug).id, `${kind} ${slug}`).toBe(id)
      }
    }
  })

  it('gives every file an id of its own', () => {
    for (const kind of catalogKinds) {
      const ids = builtIn.list(kind).map((id) => id.toLowerCase())
      expect(new Set(ids).size).toBe(ids.length)
    }
  })

  it('says what was meant, and where the name stands', () => {
    const { where } = parseYaml('fleet:\n  - gpu: h100sxn\n', 'study.yaml')
    expect(complaint(() => builtIn.gpu('h100sxn', { ...where, path: ['fleet', 0, 'gpu'] }))).toBe(
      'study.yaml:2: fleet[0].gpu: unknown gpu "h100sxn" (did you mean "h100-sxm"?)',
    )
    expect(complaint(() => builtIn.engine('zzz'))).toMatch(/^unknown engine "zzz" \(fleetfront catalog list engines shows all \d+\)$/)
    expect(complaint(() => builtIn.model('other-org/Llama-3.3-70B-Instruct'))).toMatch(
      /unknown model .*did you mean "meta-llama\/Llama-3.3-70B-Instruct"/,
    )
  })

  it('finds by words in ids and names', () => {
    expect(builtIn.search('gpu', 'H100 sxm')).toEqual(['h100-sxm'])
    expect(builtIn.search('node', 'dgx b2')).toEqual(['dgx-b200', 'dgx-gb200-nvl72'])
    expect(builtIn.search('gpu', 'no such thing')).toEqual([])
  })

  it('shows an entry as it was written, with its origin', () => {
    const entry = builtIn.entry('gpu', 'h100-sxm')
    expect(entry).toMatchObject({
      kind: 'gpu',
      id: 'h100-sxm',
      origin: 'built-in',
      value: { power: { tdp: { value: '700 W', from: 'spec' } } },
    })
    expect(entry.where.lineOf?.(['flops'])).toBe(17)
  })
})

describe("a person's own entries", () => {
  const dir = catalogFolder('own', {
    'gpus/my-gpu.yaml': gpuText,
    'models/tiny.yaml': modelText,
    'gpus/h100-sxm.yaml': gpuText.replace('my-gpu', 'h100-sxm'),
  })

  it.each([
    ['inline', openCatalog({ inline: { gpus: [parseYaml(gpuText, 'g').value], models: [parseYaml(modelText, 'm').value] } })],
    ['from a folder', openCatalog({ dirs: [dir] })],
  ])('of ten lines are read %s', (_, catalog) => {
    const gpu = catalog.gpu('my-gpu')
    expect([gpu.name, figureValue(gpu.memory.bandwidth), figureValue(gpu.scaleOut as number)]).toEqual(['my-gpu', 5e12, 5e10])
    expect(catalog.model('me/tiny-1b')).toMatchObject({ name: 'me/Tiny-1B', hidden: 2048, source: { date: '2026' } })
    expect(catalog.model('tiny-1b').id).toBe('me/Tiny-1B')
    expect(catalog.list('gpu')).toContain('my-gpu')
    expect(catalog.gpu('h200-sxm').id).toBe('h200-sxm')
  })

  it('take precedence: inline, then folders in the order given, then built in', () => {
    const other = catalogFolder('other', { 'gpus/h100.yaml': gpuText.replace('my-gpu', 'H100-SXM').replace('5 TB/s', '6 TB/s') })
    const inline = { gpus: [parseYaml(gpuText.replace('my-gpu', 'h100-sxm').replace('5 TB/s', '7 TB/s'), 'x').value] }
    const bandwidth = (options: Parameters<typeof openCatalog>[0]) => figureValue(openCatalog(options).gpu('h100-sxm').memory.bandwidth)
    expect([{ inline, dirs: [dir] }, { dirs: [dir, other] }, { dirs: [other, dir] }, {}].map(bandwidth)).toEqual([
      7e12, 5e12, 6e12, 3.35e12,
    ])
    expect(
      openCatalog({ dirs: [other] })
        .list('gpu')
        .filter((id) => /^h100-sxm$/i.test(id)),
    ).toEqual(['H100-SXM'])
    expect(openCatalog({ inline, dirs: [dir] }).entry('gpu', 'h100-sxm').origin).toBe('inline')
    expect(openCatalog({ dirs: [dir] }).entry('gpu', 'h100-sxm').origin).toBe('file')
  })

  it('that are broken are named by file and line, and only once they are used', () => {
    const broken = catalogFolder('broken', {
      'gpus/bad.yaml': gpuText.replace('5 TB/s', '5 TB').replace('my-gpu', 'bad'),
      'gpus/worse.yaml': 'id: worse\nflops: [\n',
    })
    const catalog = openCatalog({ dirs: [broken] })
    expect(catalog.list('gpu')).toEqual(expect.arrayContaining(['bad', 'worse', 'h100-sxm']))
    expect(catalog.gpu('h100-sxm').id).toBe('h100-sxm')
    expect(complaint(() => catalog.gpu('bad'))).toBe(
      `${broken}/gpus/bad.yaml:3: memory.bandwidth: "5 TB" is not a bandwidth: unknown unit "TB" (write for example 450 GB/s or 400 Gb/s)`,
    )
    expect(complaint(() => catalog.gpu('worse'))).toMatch(/worse\.yaml:\d: /)
  })

  it('may name a Hugging Face config.json beside them, and state only what differs', () => {
    const config = {
      ...{ model_type: 'llama', architectures: ['LlamaForCausalLM'], hidden_size: 2048, intermediate_size: 8192, vocab_size: 32000 },
      ...{ num_hidden_layers: 16, num_attention_heads: 16, num_key_value_heads: 4, max_position_embeddings: 8192, torch_dtype: 'bfloat16' },
    }
    const files = {
      'models/mine.yaml': 'id: me/mine\nhfConfig: mine/config.json\nmaxPosition: 4096\n',
      'models/mine/config.json': JSON.stringify(config),
    }
    const model = openCatalog({ dirs: [catalogFolder('hf', files)] }).model('me/mine')
    expect(model).toMatchObject({ id: 'me/mine', hidden: 2048, maxPosition: 4096 })
    expect(model.layerGroups).toMatchObject([{ count: 16, attn: { kind: 'gqa', heads: 16, kvHeads: 4, headDim: 128 } }])
    const missing = openCatalog({ inline: { models: [{ id: 'gone', hfConfig: 'nowhere/config.json' }] } })
    expect(complaint(() => missing.model('gone'))).toBe('nowhere/config.json: no such file')
  })

  it('inline are named by their line in the study', () => {
    const { value, where } = parseYaml(`name: x\ncatalog:\n  gpus:\n    - id: mine\n      flops: { bf17: 1 }\n`, 'study.yaml')
    const { catalog } = value as { catalog: { gpus: unknown[] } }
    const opened = openCatalog({ inline: catalog, inlineWhere: { ...where, path: ['catalog'] } })
    expect(complaint(() => opened.gpu('mine'))).toContain('study.yaml:5: catalog.gpus[0].flops.bf17: unknown key "bf17"')
    expect(complaint(() => openCatalog({ inline: { nodes: [{ name: 'nameless' }] }, inlineWhere: { path: ['catalog'] } }))).toBe(
      'catalog.nodes[0].id: is missing (text)',
    )
  })

  it('are found by the id inside the file, however it is written, and by the name of the file in any case', () => {
    const json = { 'gpus/My_File.yaml': `{ "id": "json-gpu", ${'"memory": { "nominal": "80 GB", "bandwidth": "1 TB/s" }, "flops": {} }'}` }
    const catalog = openCatalog({ dirs: [catalogFolder('json', json)] })
    expect(['json-gpu', 'JSON-GPU', 'My_File', 'my-file'].map((name) => catalog.gpu(name).id)).toEqual(Array(4).fill('json-gpu'))
    expect(catalog.list('gpu')).toContain('json-gpu')
  })

  it('have ids of their own within one source', () => {
    const twins = catalogFolder('twins', { 'gpus/a.yaml': gpuText, 'gpus/b.yaml': gpuText.replace('my-gpu', 'MY-GPU') })
    const catalog = openCatalog({ dirs: [twins] })
    expect(complaint(() => catalog.gpu('my-gpu'))).toBe(`${twins}/gpus/b.yaml:1: id: "MY-GPU" is the id of ${twins}/gpus/a.yaml too`)
    expect(catalog.model('gpt-oss-120b').id).toBe('openai/gpt-oss-120b')
    const inline = { nodes: [{ id: 'x' }, { id: 'y' }, { id: 'x' }] }
    expect(complaint(() => openCatalog({ inline, inlineWhere: { file: 'study.yaml' } }))).toBe(
      'study.yaml: nodes[2].id: "x" is the id of an entry above too',
    )
  })

  it('may have any letters in their names; words of the language do not stand for anything', () => {
    const gpu = (id: string) => ({ id, memory: { nominal: '80 GB', bandwidth: '1 TB/s' }, flops: {} })
    const catalog = openCatalog({ inline: { gpus: [gpu('加速器'), gpu('constructor')] } })
    expect(catalog.gpu('加速器').id).toBe('加速器')
    expect(catalog.gpu('constructor').id).toBe('constructor')
    for (const name of ['図形', '__proto__', 'toString', '', ' ', '/', '../../etc/passwd']) {
      expect(complaint(() => catalog.gpu(name))).toContain(`unknown gpu ${JSON.stringify(name)}`)
    }
  })

  it('need a folder with the right sub-folders', () => {
    expect(complaint(() => openCatalog({ dirs: ['/nowhere'] }))).toBe('/nowhere: no such directory')
    const flat = catalogFolder('flat', { 'my-gpu.yaml': gpuText })
    expect(complaint(() => openCatalog({ dirs: [flat] }))).toBe(
      `${flat}: holds none of the sub-folders models, gpus, nodes, engines, workloads, studies`,
    )
  })
})
