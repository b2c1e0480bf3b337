import type { Attention } from '../../attention/index.ts'
import { flag, type HfConfig, int, maybeInt } from '../fields.ts'
import { at } from '../json.ts'

/** Mamba-1 by itself: `intermediate_size` is its inner size. */
export function mamba1(config: HfConfig): Attention {
  return selective(config, maybeInt(config, 'mambaInner') ?? int(config, 'mambaExpand') * int(config, 'hidden'))
}

/** Mamba-1 in Jamba, where `intermediate_size` belongs to the FFN. */
export function jambaMamba(config: HfConfig): Attention {
  return { ...selective(config, int(config, 'mambaExpand') * int(config, 'hidden')), bcdtNorm: true }
}

function selective(config: HfConfig, dInner: number) {
  return {
    kind: 'mamba1' as const,
    dInner,
    state: int(config, 'mambaState'),
    conv: int(config, 'mambaConv'),
    dtRank: dtRank(config),
  }
}

/** A config may leave the rank to the code, which takes a sixteenth of the hidden size. */
function dtRank(config: HfConfig): number {
  const automatic = ['mamba_dt_rank', 'time_step_rank'].some((key) => at(config.values, key) === 'auto')
  return (automatic ? undefined : maybeInt(config, 'mambaDtRank')) ?? Math.ceil(int(config, 'hidden') / 16)
}

export function mamba2(config: HfConfig): Attention {
  return {
    kind: 'mamba2',
    heads: int(config, 'mambaHeads'),
    headDim: int(config, 'mambaHeadDim'),
    groups: int(config, 'mambaGroups'),
    state: int(config, 'mambaState'),
    conv: int(config, 'mambaConv'),
    ...(flag(config, ['use_conv_bias', 'mamba_conv_bias'], true) && { convBias: true }),
  }
}
