import { ServiceError } from '@berth/contracts';
import { expect } from '@jest/globals';

/** The ServiceError that a call must end with. */
export async function refusalOf(call: Promise<unknown>): Promise<ServiceError> {
  const error = await call.then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}
