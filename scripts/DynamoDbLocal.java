import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local on a free port of the loopback, as its own main class cannot be told: that one listens on every interface.
 * Prints `PORT n` once it answers, and ends when its standard input does, so that it never outlives whoever started it.
 */
public final class DynamoDbLocal {
  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer server = ServerRunner.createServerFromCommandLineArgs(args);
    Field field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    ServerConnector connector = (ServerConnector) ((Server) field.get(server)).getConnectors()[0];
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    server.safeStart();
    System.out.println("PORT " + connector.getLocalPort());
    while (System.in.read() != -1) {
      // Only the end of it matters.
    }
    // Its thread pools are no daemons.
    Runtime.getRuntime().halt(0);
  }
}
