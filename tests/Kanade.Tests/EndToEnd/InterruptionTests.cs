using System.Runtime.InteropServices;

namespace Kanade.Tests.EndToEnd;

public sealed class InterruptionTests
{
    /// <summary>A verb that waits for its input cannot hear of the first interrupt; the second needs nobody to listen.</summary>
    [Fact]
    public void A_second_interrupt_leaves_at_once_with_130_and_an_echo_of_the_first_does_not()
    {
        using var program = BuiltProgram.Start(["phonemize"], inputEnds: false);
        program.WriteLine("\U00013000");   // a hieroglyph: what it says of that shows that it listens
        program.WaitForLine("no reading for");
        program.Signal(PosixSignal.SIGINT);
        program.Signal(PosixSignal.SIGTERM);
        program.WaitForLine("interrupt again");
        Thread.Sleep(TimeSpan.FromSeconds(1));
        program.Signal(PosixSignal.SIGTERM);   // who starts the tests in the background has them, and all that they start, ignore SIGINT
        program.WaitForExit().Left(130);
    }
}
