using System.Globalization;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace Kanade.Cli;

/// <summary>Log events as lines for people: the time, the level where it is a warning or worse, the message.</summary>
sealed class ScreenSink(Screen screen) : ILogEventSink
{
    static readonly MessageTemplateTextFormatter Plain = new("{Timestamp:HH:mm:ss} {Message:lj}", CultureInfo.InvariantCulture);
    static readonly MessageTemplateTextFormatter Urgent = new("{Timestamp:HH:mm:ss} {Level:w}: {Message:lj}", CultureInfo.InvariantCulture);

    public void Emit(LogEvent logEvent)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture);
        (logEvent.Level >= LogEventLevel.Warning ? Urgent : Plain).Format(logEvent, line);
        screen.WriteLine(line.ToString());
    }
}
