import type { Column } from '../cost-model/column.ts'
import { jsonValue } from '../optimizer/values.ts'

/** Number with so many significant digits, without trailing zeros or exponent where that stays readable. */
export function printNumber(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)))
}

/** 1234567 -> `1,234,567`. */
export function printGrouped(whole: number): string {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** One stored value as its column prints it: scaled to the column's unit, words for labels, empty where not applicable. */
export function printValue(column: Column, stored: number): string {
  return String(jsonValue(column, stored) ?? '')
}
