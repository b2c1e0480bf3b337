import { expect, it } from 'vitest'
import { energyOf } from '../../cost-model/energy.ts'

it('a DGX H100 of 10.2 kW that puts out 5,100 tokens a second spends 2 J on each', () => {
  expect(energyOf(10_200 / 8, 8, 5100)).toEqual({ watts: 10_200, joulesPerOutputToken: 2 })
})
