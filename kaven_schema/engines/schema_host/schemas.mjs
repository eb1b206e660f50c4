// Schema files: where their datasource is, and what the engine insists on.

import { dirname } from 'node:path'
import { UserFacingError } from './errors.mjs'
import { schemaReader } from './packages.mjs'

const DATASOURCE = /^(\s*datasource\s+\w+\s*\{[^\n]*\n)([^}]*)\}/m

/** { url, shadow } of the datasource block, variables filled in. Throws UserFacingError. */
export function datasourceOf(files) {
  let answer
  try {
    answer = JSON.parse(
      schemaReader().get_config(
        JSON.stringify({
          prismaSchema: files.map((file) => [file.path, file.content]),
          datasourceOverrides: {},
          ignoreEnvVarErrors: true,
          env: process.env,
        }),
      ),
    )
  } catch (error) {
    throw refusal(error)
  }
  const problems = (answer.errors ?? []).map((error) => error.message ?? String(error))
  if (problems.length) throw new UserFacingError('P1012', problems.join('\n'))
  const [source] = (answer.config ?? answer).datasources
  if (source === undefined) throw new UserFacingError('P1012', 'there is no datasource in the schema')
  return {
    url: resolve(source.directUrl) ?? required(source.url),
    shadow: resolve(source.shadowDatabaseUrl),
  }
}

function refusal(error) {
  try {
    return new UserFacingError('P1012', JSON.parse(error.message).message)
  } catch {
    return error
  }
}

function resolve(setting) {
  if (!setting) return null
  return (setting.fromEnvVar ? process.env[setting.fromEnvVar] : setting.value) || null
}

function required(setting) {
  const url = resolve(setting)
  if (url === null) {
    throw new UserFacingError('P1012', `Environment variable not found: ${setting.fromEnvVar}.`)
  }
  return url
}

/** The engine of version 6 wants a URL in the datasource block, which version 7 does not allow there. */
export function withUrl(container) {
  const files = container.files.map((file) => ({
    ...file,
    content: file.content.replace(DATASOURCE, (whole, head, body) =>
      /^\s*url\s*=/m.test(body) ? whole : `${head}${body.trimEnd()}\n  url = env("DATABASE_URL")\n}`,
    ),
  }))
  return { ...container, files }
}

/** A schema of nothing but a datasource: how the engine wants to hear of a URL. */
export function madeUpSchema(url) {
  const content = `datasource db {\n  provider = "postgresql"\n  url = ${JSON.stringify(url)}\n}\n`
  return { files: [{ path: 'schema.prisma', content }], configDir: dirname(process.cwd()) }
}
