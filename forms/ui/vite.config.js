// Builds the pages' styles and scripts into forms/static/dist, with the manifest that forms/assets.py reads.
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const entries = ['base']

export default defineConfig({
  base: '/static/dist/',
  build: {
    outDir: resolve(import.meta.dirname, '../static/dist'),
    emptyOutDir: true,
    manifest: 'manifest.json',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: Object.fromEntries(
        entries.map((name) => [name, resolve(import.meta.dirname, 'src', `${name}.js`)]),
      ),
    },
  },
})
