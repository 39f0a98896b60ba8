/** A committed event in its place in the stream. */
export interface StreamEvent {
  id: string;
  /** Its place in the one order that all readers follow; without gaps over all customers. */
  position: number;
  customerId: string;
  type: string;
  payload: Record<string, unknown>;
  createdAt: Date;
}
