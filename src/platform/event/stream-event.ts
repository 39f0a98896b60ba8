/** A committed event with its position in the stream. */
export interface StreamEvent {
  id: string;
  /** In the one order that all readers follow; without gaps over all customers. */
  position: number;
  customerId: string;
  type: string;
  payload: Record<string, unknown>;
  createdAt: Date;
}
