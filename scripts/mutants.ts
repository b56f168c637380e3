import ts from 'typescript';

/** How the engine is broken: each mutant is one small change of a file, of a kind that a person might make. */

export interface Mutant {
  file: string;
  line: number;
  /** The line's text. */
  source: string;
  mutation: string;
  start: number;
  end: number;
  text: string;
}

const SWAPS: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '&&': ['||'],
  '||': ['&&'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '%': ['*'],
  '+=': ['-='],
  '-=': ['+='],
};
const COMPARISONS = ['===', '!==', '<', '<=', '>', '>='];
const METHODS: Readonly<Record<string, string>> = { some: 'every', every: 'some', max: 'min', min: 'max', floor: 'ceil', ceil: 'floor' };
const PREDICATES = ['filter', 'some', 'every', 'find'];
const DROPPED = ['reverse', 'sort', 'slice'];

type Replacement = [node: ts.Node, text: string];
type Mutator = (node: ts.Node, text: (node: ts.Node) => string) => Replacement[];

const isText = (node: ts.Node): boolean => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
const isComparison = (node: ts.Node): boolean =>
  ts.isBinaryExpression(node) && COMPARISONS.includes(ts.tokenToString(node.operatorToken.kind) ?? '');
/** A comparison has its negation among its swaps. */
const negated = (node: ts.Expression, text: Parameters<Mutator>[1]): Replacement[] => {
  if (isComparison(node)) return [];
  const isNegation = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  return [[node, isNegation ? text(node.operand) : `!(${text(node)})`]];
};
const methodOf = (node: ts.Node): ts.PropertyAccessExpression | undefined =>
  ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) ? node.expression : undefined;

const MUTATORS: readonly Mutator[] = [
  (node, text) => {
    if (!ts.isBinaryExpression(node) || isText(node.left) || isText(node.right)) return [];
    const swaps = SWAPS[ts.tokenToString(node.operatorToken.kind) ?? ''] ?? [];
    return swaps.map((operator): Replacement => [node, `${text(node.left)} ${operator} ${text(node.right)}`]);
  },
  (node, text) =>
    ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken ? [[node, text(node.left)]] : [],
  (node, text) => {
    if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return negated(node.expression, text);
    return ts.isConditionalExpression(node) ? negated(node.condition, text) : [];
  },
  (node) => (ts.isNumericLiteral(node) ? [[node, String(Number(node.text) + 1)]] : []),
  (node) => {
    if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']];
    return node.kind === ts.SyntaxKind.FalseKeyword ? [[node, 'true']] : [];
  },
  (node) => (ts.isExpressionStatement(node) ? [[node, ';']] : []),
  (node) => {
    const leaves = ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isContinueStatement(node) || ts.isBreakStatement(node);
    const holder = leaves && ts.isBlock(node.parent) ? node.parent.parent : node.parent;
    return leaves && ts.isIfStatement(holder) ? [[node, ';']] : [];
  },
  (node, text) => {
    if (!ts.isCallExpression(node) || !PREDICATES.includes(methodOf(node)?.name.text ?? '')) return [];
    const [predicate] = node.arguments;
    if (!predicate || !ts.isArrowFunction(predicate)) return [];
    return ts.isBlock(predicate.body) ? [] : negated(predicate.body, text);
  },
  (node, text) => {
    const method = methodOf(node);
    if (!method) return [];
    if (DROPPED.includes(method.name.text)) return [[node, text(method.expression)]];
    const other = METHODS[method.name.text];
    return other ? [[method.name, other]] : [];
  },
  (node) => {
    if (ts.isSpreadAssignment(node)) return [[node, '...{}']];
    return ts.isSpreadElement(node) && ts.isArrayLiteralExpression(node.parent) ? [[node, '...[]']] : [];
  },
];

const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 100);

/** Every mutant of a file with that text. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const lines = source.split('\n');
  const found: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    for (const mutator of MUTATORS) {
      for (const [at, text] of mutator(node, (one) => one.getText(tree))) {
        const line = tree.getLineAndCharacterOfPosition(at.getStart(tree)).line;
        const mutation = `${short(at.getText(tree))} → ${short(text)}`;
        found.push({ file, line: line + 1, source: (lines[line] as string).trim(), mutation, start: at.getStart(tree), end: at.end, text });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}
