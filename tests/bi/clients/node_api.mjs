// @duckdb/node-api: an instance for each question, for an open instance stays with the version that it opened.
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout } from 'node:timers/promises'

const [, , modules, question, link, stop] = process.argv
const { DuckDBInstance } = createRequire(modules + '/')('@duckdb/node-api')

async function ask () {
  const instance = await DuckDBInstance.create(realpathSync(link), { access_mode: 'READ_ONLY' })
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(question)
    const [[versionKey, applications, filings]] = reader.getRowsJson()
    return [versionKey, Number(applications), Number(filings)]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

for (;;) {
  const isLast = existsSync(stop)
  try {
    console.log(JSON.stringify({ answer: await ask() }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }))
  }
  if (isLast) break
  await setTimeout(1000)
}
