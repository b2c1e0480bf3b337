import { describe, expect, it } from 'vitest'
import { escapeHtml, html, raw, scriptJson } from '../../reports/html.ts'

describe('html', () => {
  it('escapes every character that could start markup or end an attribute', () => {
    expect(escapeHtml(`<img src=x onerror="a('b')">&`)).toBe('&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;')
  })

  it('escapes interpolated text and keeps interpolated markup', () => {
    expect(html`<p>${'<b>'}${raw('<i>x</i>')}${3}${[raw('<u>'), raw('</u>')]}</p>`.text).toBe('<p>&lt;b&gt;<i>x</i>3<u></u></p>')
  })
})

describe('scriptJson', () => {
  it('cannot close its script element and still parses to the same value', () => {
    const value = { name: '</script><!--<script>\u2028&' }
    const text = scriptJson(value)
    expect(text).not.toMatch(/[<>&\u2028]/)
    expect(JSON.parse(text)).toEqual(value)
  })
})
