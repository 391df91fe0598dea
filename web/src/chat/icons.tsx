/** The few signs this page needs, drawn in place: ChatUI's own come from a foreign script. */
const paths = {
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0 2c-4 0-8 2-8 5v1h16v-1c0-3-4-5-8-5Z',
  bot: 'M12 2a1 1 0 0 1 1 1v2h4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V8a3 3 0 0 1 3-3h4V3a1 1 0 0 1 1-1ZM9 10a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Zm6 0a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3Zm-6 5v1.500h6V15H9Z',
  headset: 'M12 3a8 8 0 0 0-8 8v5a3 3 0 0 0 3 3h1v-8H6a6 6 0 0 1 12 0h-2v8h2v1h-5v2h5a2 2 0 0 0 2-2V11a8 8 0 0 0-8-8Z',
  photo: 'M9 4 7.500 6H4a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-3.500L15 4H9Zm3 5a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9Zm0 2a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Z',
  check: 'm9.500 16.200-3.700-3.700-1.400 1.400 5.100 5.100L20 8.500l-1.400-1.400-9.100 9.100Z',
  down: 'm12 15.500-6-6 1.400-1.400 4.600 4.600 4.600-4.600L18 9.500l-6 6Z',
  star: 'm12 2.500 2.900 6.200 6.600.800-4.900 4.600 1.300 6.700-5.900-3.300-5.900 3.300 1.300-6.700L2.500 9.500l6.600-.800L12 2.500Z',
  close: 'm6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400 6.400 5Z',
} as const;

export function Sign({ name, size = 20 }: { name: keyof typeof paths; size?: number }) {
  return (
    <svg className="Sign" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="currentColor" />
    </svg>
  );
}
