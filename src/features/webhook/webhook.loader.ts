import { childrenLoader } from '../../platform/list/loader';
import { findAttempts } from './webhook.repository';

export const attemptsByDelivery = childrenLoader('attempts_by_delivery', findAttempts, 'deliveryId');
