/** That of the whole project, which is released together; a test holds it against `package.json`. */
export const version = '0.1.0';
