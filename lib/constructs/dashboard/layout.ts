import { Duration } from 'aws-cdk-lib';
import { Color, GraphWidget, type GraphWidgetProps, TextWidget, TextWidgetBackground } from 'aws-cdk-lib/aws-cloudwatch';

/** Columns of a dashboard. */
export const WIDTH = 24;

/** What every point of a graph stands for; an expression would take five. */
export const MINUTE = Duration.minutes(1);

const GRAPH_HEIGHT = 6;

/** Red is for what is wrong, and for nothing else. */
export const COLORS = {
  scanned: Color.PURPLE,
  created: Color.GREEN,
  updated: Color.BLUE,
  restored: Color.PINK,
  deleted: Color.BROWN,
  skipped: Color.GREY,
  raced: Color.ORANGE,
  failed: Color.RED,
} as const;

export const heading = (markdown: string): TextWidget =>
  new TextWidget({ markdown, width: WIDTH, height: 2, background: TextWidgetBackground.TRANSPARENT });

export interface PanelProps extends Omit<GraphWidgetProps, 'leftYAxis' | 'title'> {
  readonly title: string;
  /** Of the left axis. */
  readonly unit: string;
}

/** A graph whose axis begins at nothing. */
export const graph = ({ unit, ...props }: PanelProps): GraphWidget =>
  new GraphWidget({ height: GRAPH_HEIGHT, leftYAxis: { min: 0, label: unit, showUnits: false }, ...props });
