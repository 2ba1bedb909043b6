#!/usr/bin/env node
import 'tsx';

await import('../src/relay/main.ts');
