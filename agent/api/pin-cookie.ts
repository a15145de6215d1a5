import { Problem } from '../../shared/errors/problem.ts'
import type { AgentConfig } from '../config.ts'
import { errors } from '../errors.ts'
import type { Colour } from '../switching/route.ts'

export interface PinCookie {
  readonly cookie: { readonly name: string; readonly value: string; readonly max_age_s: number; readonly path: string }
  /** The same as the value of a Set-Cookie header. */
  readonly set_cookie: string
}

/** The cookie that pins a client of the service to a colour, or ends the pin (null). Throws Problem `pinsOff`. */
export function pinCookie(config: AgentConfig, service: string, to: Colour | null): PinCookie {
  const settings = config.services[service]
  if (settings === undefined || settings.strategy !== 'instant' || !settings.pins) {
    throw new Problem(
      errors.pinsOff,
      `The service ${service} does not honour pin cookies: that needs strategy = "instant" and pins = true in agent.toml`,
    )
  }
  // The name that the generated map reads: hyphens cannot stand in an Nginx variable.
  const name = `greenroom_${service.replaceAll('-', '_')}`
  const cookie = { name, value: to ?? '', max_age_s: to === null ? 0 : Math.round(settings.pin_lifetime / 1000), path: '/' }
  return { cookie, set_cookie: `${name}=${cookie.value}; Path=/; Max-Age=${cookie.max_age_s}; HttpOnly; SameSite=Lax` }
}
