import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** No inlined data, no inline script: the page's CSP has room for neither. */
export default defineConfig({
  root: 'client',
  publicDir: 'public',
  plugins: [react()],
  build: { target: 'es2024', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
});
