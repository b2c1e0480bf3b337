import { replicaGpus } from '../plan.ts'
import type { Rule } from './rule.ts'

export const fleetProduct: Rule = {
  name: 'fleet-product',
  why: 'Replicas x stages x GPUs of a stage must use the pool exactly: idle GPUs would still be paid for.',
  needs: ['pipeline', 'attention'],
  check: ({ pool, plan: { layout } }) => {
    const used = layout.replicas * replicaGpus(layout)
    if (used === pool.gpus) return null
    const message = `the plan uses ${layout.replicas} x ${replicaGpus(layout)} = ${used} GPUs, the pool "${pool.id}" has ${pool.gpus}`
    return { message, numbers: { replicas: layout.replicas, gpusPerReplica: replicaGpus(layout), used, gpus: pool.gpus } }
  },
}

export const stagesHaveLayers: Rule = {
  name: 'stages-have-layers',
  why: 'Every pipeline stage needs a layer; layers that do not divide evenly leave the first stages one more.',
  needs: ['pipeline'],
  check: ({ model, plan: { layout } }) => {
    const layers = model.layerGroups.reduce((sum, group) => sum + group.count, 0)
    if (layout.pp <= layers) return null
    return { message: `${layout.pp} pipeline stages cannot share ${layers} layers`, numbers: { pp: layout.pp, layers } }
  },
}

export const engineHasPipeline: Rule = {
  name: 'engine-pipeline',
  why: 'Not every engine cuts a model into pipeline stages.',
  needs: ['pipeline'],
  check: ({ engine, plan: { layout } }) => {
    if (layout.pp === 1 || engine.parallel.pipeline) return null
    return { message: `${engine.name} has no pipeline parallelism, the plan has ${layout.pp} stages`, numbers: { pp: layout.pp } }
  },
}
