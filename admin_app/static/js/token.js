// What a form of ours carries, for requests that are no form.
export const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
