using System.Runtime.InteropServices;

namespace Kanade.Tests.EndToEnd;

public sealed class InterruptionTests
{
    /// <summary>A verb that waits for its input cannot hear of the first interrupt; the second needs nobody to listen.</summary>
    [Fact]
    public void A_second_interrupt_leaves_at_once_with_130_and_an_echo_of_the_first_does_not()
    {
        using var program = BuiltProgram.Start(["phonemize"], inputEnds: false);
        Thread.Sleep(TimeSpan.FromSeconds(3));
        program.Signal(PosixSignal.SIGINT);
        program.WaitForLine("interrupt again");
        program.Signal(PosixSignal.SIGTERM);
        Thread.Sleep(TimeSpan.FromSeconds(1));
        program.Signal(PosixSignal.SIGINT);
        program.WaitForExit().Left(130);
    }
}
