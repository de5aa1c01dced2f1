using Kanade.Cli;

using var context = CommandContext.OfProcess();
using var interruption = new Interruption(context.Screen);
return await CommandLine.Run(args, context, interruption.Token);
