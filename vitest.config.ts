import { defineConfig } from 'vitest/config'

// `npm test` runs everything but test/system; `npm run test:system` runs that folder alone (browser, kills, full disks).
const system = process.env.FLEETFRONT_SYSTEM === '1'

export default defineConfig({
  test: {
    include: system ? ['test/system/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: system ? [] : ['test/system/**'],
    testTimeout: system ? 180_000 : 60_000,
    pool: 'threads',
    // Modules hold no state that a test changes: loading them once per thread instead of once per file halves the time.
    isolate: system,
  },
})
